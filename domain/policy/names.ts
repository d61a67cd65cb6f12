/** Names in a policy document. */

/** Looks up a name among the record's own keys, so that `constructor` is a name like any other. */
export const namedIn = <T>(record: Record<string, T>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** The fault of a name of a rule, guardrail, flow, level or calendar; null if it is valid. */
export const nameFault = (name: string): string | null =>
  NAME.test(name) && name !== '__proto__'
    ? null
    : 'is not a name: write up to 64 letters, digits, "_" and "-", a letter or digit first';
