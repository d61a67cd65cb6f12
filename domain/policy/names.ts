/** Looks a name up among a document's own keys; `constructor` and its like are names as any other. */
export const namedIn = <T>(record: Record<string, T>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** What is wrong with the name of a rule, guardrail, flow, level or calendar; null when nothing is. */
export const nameFault = (name: string): string | null =>
  NAME.test(name) && name !== '__proto__'
    ? null
    : 'is not a name: write up to 64 letters, digits, "_" and "-", a letter or digit first';
