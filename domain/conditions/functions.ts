/** The functions that conditions can call. Each charges the budget, so that no condition can hold up the server (T41). */
import {
  CelScalar,
  celEnv,
  celFunc,
  celList,
  celMethod,
  isCelError,
  listType,
  type CelEnv,
  type CelFunc,
  type CelInput,
  type CelValue,
} from '@bufbuild/cel';
import { RE2JS } from '@bufbuild/re2';
import { isOpen, localDate } from '../calendar';
import type { CalendarSpec } from '../approval';
import { ConditionError, type Meter } from './meter';
import { chargeFor } from './values';
import { zonedFields, type ZonedField } from './zoned-fields';

/** The evaluation in progress: its time and its budget. */
export interface Run {
  now_ms: number;
  meter: Meter;
}

const MAX_TEXT = 262_144;
const MAX_LIST = 10_000;
const MAX_REGEX_INSTRUCTIONS = 500;
const { BOOL, DOUBLE, INT, STRING } = CelScalar;
const LIST = listType(CelScalar.DYN);
/** Functions that may read everything inside their arguments. */
const DEEP = new Set(['_==_', '_!=_', '@in']);
/** Functions that are slow because they copy a text character by character. */
const SLOW = new Set(['size', 'bytes']);

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const INTEGER = /^[+-]?\d{1,20}$/;

/** Throws if the pattern is not valid RE2, or is too large. */
export const compileRegex = (pattern: string): RE2JS => {
  const regex = RE2JS.compile(pattern);
  const instructions = regex.re2().prog.numInst();
  if (instructions > MAX_REGEX_INSTRUCTIONS)
    throw new ConditionError(
      `the regular expression is too large (${instructions} steps, at most ${MAX_REGEX_INSTRUCTIONS}): repeat less`,
    );
  return regex;
};

const callStandard = (standard: CelEnv, name: string, args: CelValue[]): CelInput => {
  const result = standard.funcs.find(name)?.call(0, undefined, args);
  if (result === undefined || isCelError(result))
    throw new ConditionError(result?.message ?? `${name} does not take these values`);
  return result;
};

/** Wraps a standard function so that it charges the budget. */
const metered = (func: CelFunc, run: () => Run): CelFunc => {
  const invoke = (target: CelValue | undefined, args: CelValue[]): CelInput => {
    const { meter } = run();
    const text = target ?? args[0];
    if (typeof text === 'string' && SLOW.has(func.name)) meter.charge(text.length / 4);
    for (const value of target === undefined ? args : [target, ...args]) chargeFor(meter, value, DEEP.has(func.name));
    const result = func.call(0, target, args);
    if (result === undefined || isCelError(result))
      throw result ?? new ConditionError(`${func.name} does not take these values`);
    return result;
  };
  if (func.target === undefined)
    return celFunc(func.name, func.arguments, func.result, (...args) => invoke(undefined, args as CelValue[]) as never);
  return celMethod(func.name, func.target, func.arguments, func.result, function (...args) {
    return invoke(this, args as CelValue[]);
  });
};

/** Own versions of standard functions that could grow a value without limit, or that convert text which is not a number. */
const replacements = (standard: CelEnv, run: () => Run): CelFunc[] => [
  celFunc('_+_', [STRING, STRING], STRING, (left, right) => {
    run().meter.charge(1 + (left.length + right.length) / 64);
    if (left.length + right.length > MAX_TEXT) throw new ConditionError(`a text grows beyond ${MAX_TEXT} characters`);
    return left + right;
  }),
  celFunc('_+_', [LIST, LIST], LIST, (left, right) => {
    run().meter.charge(1 + (left.size + right.size) / 16);
    if (left.size + right.size > MAX_LIST) throw new ConditionError(`a list grows beyond ${MAX_LIST} items`);
    return celList([...left, ...right]);
  }),
  celMethod('contains', STRING, [STRING], BOOL, function (part) {
    run().meter.charge(1 + (this.length * (1 + part.length)) / 100);
    return this.includes(part);
  }),
  celFunc('double', [STRING], DOUBLE, (text) => {
    run().meter.charge(1 + text.length / 64);
    if (!NUMBER.test(text.slice(0, 400)) || text.length > 400)
      throw new ConditionError('double() was given a text that is not a number');
    return Number(text);
  }),
  celFunc('int', [STRING], INT, (text) => {
    if (!INTEGER.test(text)) throw new ConditionError('int() was given a text that is not a whole number');
    return callStandard(standard, 'int', [text]) as bigint;
  }),
  celFunc('uint', [STRING], CelScalar.UINT, (text) => {
    if (!INTEGER.test(text)) throw new ConditionError('uint() was given a text that is not a whole number');
    return callStandard(standard, 'uint', [text]) as never;
  }),
];

/** The functions `open` and `date`, the loop counter `@tick`, and `matches` with patterns that were compiled with the policy. */
const additions = (calendars: Record<string, CalendarSpec>, regexes: Map<string, RE2JS>, run: () => Run): CelFunc[] => [
  celFunc('open', [STRING], BOOL, (name) => {
    const calendar = Object.hasOwn(calendars, name) ? calendars[name] : undefined;
    if (!calendar) throw new ConditionError(`there is no calendar ${name}`);
    run().meter.charge(100);
    return isOpen(calendar, run().now_ms);
  }),
  celFunc('date', [STRING], STRING, (zone) => {
    run().meter.charge(100);
    return localDate(zone, run().now_ms);
  }),
  celFunc('@tick', [INT], BOOL, (units) => {
    run().meter.charge(Number(units));
    return true;
  }),
  celMethod('matches', STRING, [STRING], BOOL, function (pattern) {
    const regex = regexes.get(pattern);
    if (!regex) throw new ConditionError('a regular expression must be written in the condition itself');
    run().meter.charge(1 + (this.length * regex.re2().prog.numInst()) / 4);
    return regex.test(this);
  }),
];

/** `now`, and the fields of a timestamp in a zone. The CEL library computes wrong fields if the server's own zone has summer time. */
const clock = (standard: CelEnv, run: () => Run): CelFunc[] => {
  const timestamp = (ms: number): CelInput => callStandard(standard, 'timestamp', [new Date(ms).toISOString()]);
  const example = [...standard.funcs.find('timestamp')!].find((func) => func.arguments[0] === STRING)!;
  const parts = Object.keys(zonedFields) as ZonedField[];
  const read = (field: ZonedField, value: unknown, zone: string): bigint => {
    run().meter.charge(100);
    const { seconds, nanos } = (value as { message: { seconds: bigint; nanos: number } }).message;
    return BigInt(zonedFields[field](Number(seconds) * 1000 + Math.trunc(nanos / 1e6), zone));
  };
  return [
    celFunc('@now', [], example.result, () => timestamp(run().now_ms) as never),
    celFunc('timestamp', [INT], example.result, (seconds) => timestamp(Number(seconds) * 1000) as never),
    ...parts.flatMap((field) => [
      celMethod(field, example.result, [], INT, function () {
        return read(field, this, 'UTC');
      }),
      celMethod(field, example.result, [STRING], INT, function (zone) {
        return read(field, this, zone);
      }),
    ]),
  ];
};

/** The CEL environment for the conditions of one policy. `run` returns the evaluation in progress. */
export const conditionEnv = (
  calendars: Record<string, CalendarSpec>,
  regexes: Map<string, RE2JS>,
  run: () => Run,
): CelEnv => {
  const standard = celEnv();
  return celEnv({
    funcs: [
      ...[...standard.funcs].map((func) => metered(func, run)),
      ...replacements(standard, run),
      ...additions(calendars, regexes, run),
      ...clock(standard, run),
    ],
  });
};
