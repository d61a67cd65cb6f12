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
 * E-mail addresses or person ids; none where the field is missing.
 *
 * @throws EvaluationError where it holds something else; final, since another flow might not keep these people apart.
 */
const fromContext = (context: JsonObject, source: string): string[] => {
  const value = atPath(context, source.split('.').slice(1));
  if (value === undefined || value === null) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length > MAX_IDENTITIES)
    throw new EvaluationError(`${source} names more than ${MAX_IDENTITIES} people`, true);
  return list.map((item) => {
    if (typeof item === 'string' && !isMisspelt(item.trim())) return item.trim();
    throw new EvaluationError(`${source} must be an e-mail address or person id, or a list of them`, true);
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

/** Who may never vote: what the flow names, and always the human behind the request and the one it is for. */
export const excludedIdentities = (flow: Flow | null, request: CheckRequest): string[] => {
  const sources = new Set<IdentitySource>(['requester', 'on_behalf_of', ...(flow?.separation.exclude ?? [])]);
  return distinct([...sources].flatMap((source) => identitiesOf(source, request)));
};

/** Who must be known, so that separating them means something. @throws EvaluationError (final) when one is missing. */
export const requiredIdentities = (flow: Flow | null, request: CheckRequest): string[] =>
  distinct(
    (flow?.separation.require ?? []).flatMap((source) => {
      const found = distinct(identitiesOf(source, request));
      if (found.length > 0) return source === 'requester' ? found.slice(0, 1) : found;
      throw new EvaluationError(`The flow must know who ${source} is, and the check does not say: send it`, true);
    }),
  );
