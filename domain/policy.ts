/** Reads policy documents. A document with any fault is refused as a whole. docs/concepts/policy.md describes the language. */
import type { Fault } from './errors';
import { crossCheck } from './policy/cross-check';
import { adminsFlow, readPolicy, STANDARD_DEFAULTS } from './policy/read-policy';
import { readSource } from './policy/source';
import type { Policy } from './policy/types';

export { permissionWarnings } from './policy/permission-warnings';
export { policyToJson } from './policy/to-json';
export type { Permission, Policy } from './policy/types';
export { EFFECTS } from './policy/types';

export type ParsedPolicy = { ok: true; policy: Policy; warnings: Fault[] } | { ok: false; errors: Fault[] };

/** Version 0, in force until a policy is published: nothing is allowed, and any admin can decide where people are asked. */
export const BUILT_IN_POLICY: Policy = {
  defaults: STANDARD_DEFAULTS,
  calendars: {},
  guardrails: [],
  rules: [],
  levels: {},
  flows: { admins: adminsFlow() },
};

/** Reads a document in YAML or JSON. Faults of the document are returned, never thrown. */
export const parsePolicy = (text: string): ParsedPolicy => {
  const { root, findings } = readSource(text);
  if (root) {
    const policy = readPolicy(root);
    if (findings.errors.length === 0) crossCheck(root, policy);
    if (findings.errors.length === 0) return { ok: true, policy, warnings: findings.warnings };
  }
  return { ok: false, errors: [...findings.errors].sort((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
};
