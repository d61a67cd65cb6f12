/** The activity `facts`: looks up what an approval needs to know when a command arrives. It only reads, because it runs as a local activity. */
import {
  isPersonalChannel,
  personalRow,
  type CalendarSpec,
  type Facts,
  type LevelSpec,
  type NotifyTarget,
  type PersonId,
  type Selector,
} from '../domain/approval';
import { levelInstants } from '../domain/calendar';
import { quietAt, type QuietHours } from '../domain/quiet-hours';
import { membership } from '../db/membership';
import { quietHoursOf } from '../db/contacts';
import type { Db } from '../db/pool';

export interface FactsQuestion {
  at_ms: number;
  selectors: Selector[];
  /** Email addresses or user ids, as in the snapshot. */
  excluded: string[];
  persons: PersonId[];
  /** Levels that this command may open. */
  waiting: LevelSpec[];
  calendars: Record<string, CalendarSpec>;
}

export async function lookUpFacts(db: Db, question: FactsQuestion): Promise<Facts> {
  const { selectors, excluded, persons, waiting, calendars, at_ms } = question;
  const known = await membership(db, { selectors, excluded, persons, at_ms });
  const quiet = await quietHoursOf(db, Object.keys(known.channels));
  return {
    ...known,
    channels: Object.fromEntries(
      Object.entries(known.channels).map(([person, channels]) => [person, quietly(channels, quiet[person], at_ms)]),
    ),
    openings: Object.fromEntries(waiting.map((level) => [level.name, levelInstants(level, calendars, at_ms)])),
  };
}

/** In quiet hours, channels that wake nobody are tried first. A person without such a channel is asked as usual. */
function quietly(channels: NotifyTarget[], hours: QuietHours | undefined, at_ms: number): NotifyTarget[] {
  if (!hours || !quietAt(hours, at_ms)) return channels;
  const wakes = (channel: NotifyTarget): boolean => !isPersonalChannel(channel) || personalRow(channel).wakes;
  return [...channels.filter((channel) => !wakes(channel)), ...channels.filter(wakes)];
}
