/** Evaluates a request under a configuration. Only this file builds the values that conditions and rules can read. */
import { findPerson } from '../db/people';
import type { JsonObject } from '../domain/approval';
import { evaluate, type CheckRequest, type Evaluation } from '../domain/evaluate';
import type { Agent, Configuration } from './configuration-cache';
import type { Deps } from './deps';
import { rolesThatCount } from './visibility';

export interface EvaluatedRequest {
  agent: Pick<Agent, 'id' | 'name' | 'owner'>;
  action: string;
  context: JsonObject;
  /** Addresses or user ids, as the agent named them. */
  requester: string | null;
  on_behalf_of: string | null;
  ttl_ms?: number;
  now_ms: number;
}

export async function evaluateRequest(
  deps: Pick<Deps, 'db'>,
  { policy, permissions }: Pick<Configuration, 'policy' | 'permissions'>,
  { agent: { id, name, owner }, requester, ...request }: EvaluatedRequest,
): Promise<Evaluation> {
  return evaluate(
    { policy, permissions: permissions.get(id) ?? [] },
    {
      ...request,
      agent: { id, name, owner },
      requester: await requesterOf(deps, requester),
      requester_identity: requester,
    },
  );
}

/**
 * The requester as conditions see them; null when nobody is named, known and active. Roles that people gave themselves do
 * not count: otherwise they could talk a condition into allowing their own request (T33).
 */
async function requesterOf({ db }: Pick<Deps, 'db'>, identity: string | null): Promise<CheckRequest['requester']> {
  const person = identity === null ? null : await findPerson(db, identity);
  return person?.active ? { id: person.id, email: person.emails[0] ?? '', roles: rolesThatCount(person) } : null;
}
