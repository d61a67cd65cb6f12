/** The policy document: read whole, every fault with its place, or refused whole. The language is described in docs/concepts/policy.md. */
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

/** In force before anything is published, as version 0: nothing is allowed, and any admin decides where a person is asked. */
export const BUILT_IN_POLICY: Policy = {
  defaults: STANDARD_DEFAULTS,
  calendars: {},
  guardrails: [],
  rules: [],
  levels: {},
  flows: { admins: adminsFlow() },
};

/** Reads a document of YAML or JSON. Never throws for what somebody wrote. */
export const parsePolicy = (text: string): ParsedPolicy => {
  const { root, findings } = readSource(text);
  if (root) {
    const policy = readPolicy(root);
    if (findings.errors.length === 0) crossCheck(root, policy);
    if (findings.errors.length === 0) return { ok: true, policy, warnings: findings.warnings };
  }
  return { ok: false, errors: [...findings.errors].sort((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
};
