/** The policy: read it with its warnings, publish the next version. */
import { loadConfiguration } from '../db/configuration';
import { pendingOnOlder, publishPolicy as insertVersion, type PolicyVersion } from '../db/policy';
import { AgentWardenError, type Fault } from '../domain/errors';
import {
  BUILT_IN_POLICY,
  parsePolicy,
  permissionWarnings,
  policyToJson,
  type ParsedPolicy,
  type Policy,
} from '../domain/policy';
import { auditedChange, authorId, type Author } from './audited-change';
import type { Deps } from './deps';

export { currentPolicy, findPolicyVersion, listPolicyVersions, type PolicyVersion } from '../db/policy';

export interface Publication {
  /** YAML or JSON. */
  document: string;
  note: string | null;
  /** The version that was edited. If another one is in force, `policy_conflict` is thrown. */
  expected_version: number;
}

/** Publishes the next version. Throws `policy_invalid` with every mistake, and the current version stays in force. */
export function publishPolicy(
  deps: Pick<Deps, 'db' | 'now'>,
  author: Author,
  { document, note, expected_version }: Publication,
): Promise<PolicyVersion> {
  const parsed = parsePolicy(document);
  if (!parsed.ok) throw invalidPolicy(parsed.errors);
  return auditedChange(deps, author, async (trx) => {
    const result = await insertVersion(trx, { document, note, published_by: authorId(author), expected_version });
    return { result, note: { type: 'policy.published', policy_version: result.version, data: { note } } };
  });
}

export interface PolicyView {
  document: string;
  warnings: Fault[];
  /** Approvals that still follow an older version. */
  pending_on_older: number;
}

/** A version with its warnings; null is the built-in policy. If this build can no longer read the version, the warnings say why. */
export async function viewPolicy(deps: Pick<Deps, 'db'>, found: PolicyVersion | null): Promise<PolicyView> {
  const parsed = parsedDocument(found);
  return {
    document: found?.document ?? builtInDocument(),
    warnings: parsed.ok ? await warningsOf(deps, parsed.policy, parsed.warnings) : parsed.errors,
    pending_on_older: await pendingOnOlder(deps.db, found?.version ?? 0),
  };
}

/** Lists every mistake of a document, or its warnings if it has no mistake. */
export async function validatePolicy(deps: Pick<Deps, 'db'>, document: string) {
  const parsed = parsePolicy(document);
  if (!parsed.ok) return { ok: false, errors: parsed.errors, warnings: [] };
  return { ok: true, errors: [], warnings: await warningsOf(deps, parsed.policy, parsed.warnings) };
}

const builtInDocument = (): string => JSON.stringify(policyToJson(BUILT_IN_POLICY), null, 2);

const parsedDocument = (found: PolicyVersion | null): ParsedPolicy =>
  found === null ? { ok: true, policy: BUILT_IN_POLICY, warnings: [] } : parsePolicy(found.document);

/** The warnings of the document, and warnings about agents' permissions: they hide a rule, or name a flow that is missing. */
async function warningsOf(deps: Pick<Deps, 'db'>, policy: Policy, own: readonly Fault[]): Promise<Fault[]> {
  const { permissions, agents } = await loadConfiguration(deps.db);
  const lost = permissions.filter(({ flow }) => flow !== null && !Object.hasOwn(policy.flows, flow));
  return [
    ...own,
    ...permissionWarnings(policy, permissions, agents),
    ...lost.map(({ agent_id, action, flow }) => ({
      path: `flows.${flow}`,
      message: `is not in this policy, and the permission of ${agent_id} for ${action} names it: its checks will be blocked`,
    })),
  ];
}

export const invalidPolicy = (errors: Fault[]): AgentWardenError => {
  const [first] = errors;
  const where = first === undefined ? '' : `: ${first.path} ${first.message.replace(/\.$/, '')}`;
  return new AgentWardenError(
    'policy_invalid',
    `The policy has ${errors.length} ${errors.length === 1 ? 'mistake' : 'mistakes'}${where}. Nothing was published; the version before stays in force.`,
    { errors },
  );
};
