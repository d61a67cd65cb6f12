import { celList, celMap, isCelList, isCelMap, type CelInput, type CelValue } from '@bufbuild/cel';
import type { Json, JsonObject } from '../approval';
import type { Meter } from './meter';

/**
 * JSON as CEL values, every object as a map.
 *
 * Converted here and not by the evaluator, because it looks at `constructor` and `$typeName` of what it is given, which
 * in a context are just keys. `has` is replaced for a null value: the field is there.
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

/** Cost of reading a value once; `deep` also counts what it holds, stopping when the meter is dry. */
export const chargeFor = (meter: Meter, value: CelValue | undefined, deep: boolean): void => {
  if (typeof value === 'string') return meter.charge(1 + value.length / 64);
  if (value instanceof Uint8Array) return meter.charge(1 + value.length / 64);
  meter.charge(1);
  if (!deep) return;
  if (isCelList(value)) for (const item of value) chargeFor(meter, item, true);
  else if (isCelMap(value)) for (const [, item] of value) chargeFor(meter, item, true);
};
