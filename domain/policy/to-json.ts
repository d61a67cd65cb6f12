/** Writes a policy as JSON. */
import type { Json, JsonObject } from '../approval';
import type { Condition } from '../conditions';
import type { Policy } from './types';

const isCondition = (value: object): value is Condition => 'source' in value && 'holds' in value;

const toJson = (value: unknown): Json => {
  if (typeof value !== 'object' || value === null) return value as Json;
  if (Array.isArray(value)) return value.map(toJson);
  if (isCondition(value)) return value.source;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJson(item)]));
};

/** The policy with every default filled in, and conditions as their source. */
export const policyToJson = (policy: Policy): JsonObject => ({ version: 1, ...(toJson(policy) as JsonObject) });
