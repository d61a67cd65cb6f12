/** Who must not vote on a request, and who must be known, by the flow's `separation`. */
import type { JsonObject } from '../approval';
import type { CheckRequest } from './types';
import type { Flow, IdentitySource } from '../policy/types';
import { isMisspelt } from '../identity';
import { EvaluationError } from './strictness';

const MAX_IDENTITIES = 100;

const atPath = (context: JsonObject, path: string[]): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, key)
        ? (value as JsonObject)[key]
        : undefined,
    context,
  );

/**
 * Email addresses or person ids in a context field; none if the field is missing.
 *
 * @throws EvaluationError, final, if the field contains anything else. Another flow might not separate these people.
 */
const fromContext = (context: JsonObject, source: string): string[] => {
  const value = atPath(context, source.split('.').slice(1));
  if (value === undefined || value === null) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length > MAX_IDENTITIES)
    throw new EvaluationError(`${source} names more than ${MAX_IDENTITIES} people`, true);
  return list.map((item) => {
    if (typeof item === 'string' && !isMisspelt(item.trim())) return item.trim();
    throw new EvaluationError(`${source} must be an email address or person id, or a list of them`, true);
  });
};

const identitiesOf = (source: IdentitySource, request: CheckRequest): string[] => {
  switch (source) {
    case 'requester':
      return [request.requester_identity ?? '', request.requester?.id ?? '', request.requester?.email ?? ''];
    case 'on_behalf_of':
      return [request.on_behalf_of ?? ''];
    case 'agent_owner':
      return [request.agent.owner ?? ''];
    default:
      return fromContext(request.context, source);
  }
};

const distinct = (identities: string[]): string[] => [...new Set(identities.filter((identity) => identity !== ''))];

/** Who must not vote: always the requester and the person it is for, and everybody whom the flow names. */
export const excludedIdentities = (flow: Flow | null, request: CheckRequest): string[] => {
  const sources = new Set<IdentitySource>(['requester', 'on_behalf_of', ...(flow?.separation.exclude ?? [])]);
  return distinct([...sources].flatMap((source) => identitiesOf(source, request)));
};

/** Who must be known, because an unknown person cannot be separated. @throws EvaluationError, final, if the check names nobody. */
export const requiredIdentities = (flow: Flow | null, request: CheckRequest): string[] =>
  distinct(
    (flow?.separation.require ?? []).flatMap((source) => {
      const found = distinct(identitiesOf(source, request));
      if (found.length > 0) return source === 'requester' ? found.slice(0, 1) : found;
      throw new EvaluationError(`The flow requires ${source}, and the check does not name it: send it`, true);
    }),
  );
