/** How requests name people: by e-mail address or by id. */

const ADDRESS = /^[^\s@<>()[\]\\,;:"\p{C}]+@[^\s@<>()[\]\\,;:"\p{C}]*[^\s@<>()[\]\\,;:"\p{C}.]$/u;

/**
 * Meant for an address, and none: a name before it, something that cannot be seen in it, another form of the same letters.
 * It would name nobody, and so keep nobody from approving their own request (T33).
 */
export const isMisspelt = (identity: string): boolean =>
  /[@\uff20\ufe6b]/.test(identity) && !(ADDRESS.test(identity) && identity === identity.normalize('NFKC'));
