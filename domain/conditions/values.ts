/** Converts JSON into CEL values, and charges for reading them. */
import { celList, celMap, isCelList, isCelMap, type CelInput, type CelValue } from '@bufbuild/cel';
import type { Json, JsonObject } from '../approval';
import type { Meter } from './meter';

/**
 * JSON as CEL values, with every object as a map.
 *
 * The CEL library must not convert the objects itself: it reads their `constructor` and `$typeName`, which in a context
 * are ordinary keys that an agent can send. `has` is replaced, because a field whose value is null does exist.
 */
export const celValue = (json: Json): CelInput => {
  if (json === null || typeof json !== 'object') return json;
  if (Array.isArray(json)) return celList(json.map(celValue));
  return objectValue(json);
};

const objectValue = (json: JsonObject): CelInput => {
  const entries = new Map(Object.entries(json).map(([key, value]) => [key, celValue(value)]));
  return Object.assign(celMap(entries), { has: (key: unknown) => typeof key === 'string' && entries.has(key) });
};

/** Charges for reading a value once. `deep` also charges for everything inside it; the meter stops this when it is empty. */
export const chargeFor = (meter: Meter, value: CelValue | undefined, deep: boolean): void => {
  if (typeof value === 'string') return meter.charge(1 + value.length / 64);
  if (value instanceof Uint8Array) return meter.charge(1 + value.length / 64);
  meter.charge(1);
  if (!deep) return;
  if (isCelList(value)) for (const item of value) chargeFor(meter, item, true);
  else if (isCelMap(value)) for (const [, item] of value) chargeFor(meter, item, true);
};
