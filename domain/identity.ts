/** How requests name people: by email address or by id. */

const ADDRESS = /^[^\s@<>()[\]\\,;:"\p{C}]+@[^\s@<>()[\]\\,;:"\p{C}]*[^\s@<>()[\]\\,;:"\p{C}.]$/u;

/**
 * Whether the text looks like an email address but is not one: it has a name before the address, invisible characters, or
 * other Unicode forms of the letters. It would match no person, so the person could approve their own request (T33).
 */
export const isMisspelt = (identity: string): boolean =>
  /[@\uff20\ufe6b]/.test(identity) && !(ADDRESS.test(identity) && identity === identity.normalize('NFKC'));
