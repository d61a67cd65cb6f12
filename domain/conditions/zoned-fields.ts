/** The fields of a timestamp in a time zone, as CEL counts them. */
import { Temporal } from 'temporal-polyfill';

const at = (ms: number, zone: string): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);

/** The zone is an IANA zone or a fixed offset. In CEL, months, days of the month and of the year count from 0, and Sunday is 0. */
export const zonedFields = {
  getFullYear: (ms: number, zone: string): number => at(ms, zone).year,
  getMonth: (ms: number, zone: string): number => at(ms, zone).month - 1,
  getDate: (ms: number, zone: string): number => at(ms, zone).day,
  getDayOfMonth: (ms: number, zone: string): number => at(ms, zone).day - 1,
  getDayOfWeek: (ms: number, zone: string): number => at(ms, zone).dayOfWeek % 7,
  getDayOfYear: (ms: number, zone: string): number => at(ms, zone).dayOfYear - 1,
  getHours: (ms: number, zone: string): number => at(ms, zone).hour,
  getMinutes: (ms: number, zone: string): number => at(ms, zone).minute,
  getSeconds: (ms: number, zone: string): number => at(ms, zone).second,
  getMilliseconds: (ms: number, zone: string): number => at(ms, zone).millisecond,
};

export type ZonedField = keyof typeof zonedFields;
