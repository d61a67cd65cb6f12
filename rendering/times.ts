/** Instants in words: how long from now, and when on the reviewer's own clock. */
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

interface LocalTime {
  year: number;
  month: number;
  day: number;
  clock: string;
  weekday: string;
}

interface Zone {
  /** `Europe/London` → `London`, `Etc/UTC` → `UTC`. */
  name: string;
  format: Intl.DateTimeFormat;
}

/** An unknown zone becomes UTC, and its name says so. Creating a format takes seven times as long as using it, so callers create one per sentence. */
function zoneOf(timezone: string): Zone {
  try {
    const format = new Intl.DateTimeFormat('en-GB', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
    });
    return { name: timezone.split('/').at(-1)!.replaceAll('_', ' '), format };
  } catch {
    return zoneOf('UTC');
  }
}

function local(at_ms: number, { format }: Zone): LocalTime {
  const parts = format.formatToParts(at_ms);
  const part = (type: string): string => parts.find((found) => found.type === type)!.value;
  const [year, month, day] = [Number(part('year')), Number(part('month')), Number(part('day'))];
  const weekday = DAYS[new Date(Date.UTC(year, month - 1, day)).getUTCDay()]!;
  return { year, month, day, clock: `${part('hour')}:${part('minute')}`, weekday };
}

export const zoneName = (timezone: string): string => zoneOf(timezone).name;

/** `14:03`. */
export const clock = (at_ms: number, timezone: string): string => local(at_ms, zoneOf(timezone)).clock;

/** `Fri 17:30 London`. Has the date if it is more than six days away, and the year if it is another one. */
export function moment(at_ms: number, now_ms: number, timezone: string): string {
  const zone = zoneOf(timezone);
  const [at, now] = [local(at_ms, zone), local(now_ms, zone)];
  const far = Math.abs(at_ms - now_ms) > 6 * DAY_MS;
  const year = at.year === now.year ? '' : ` ${at.year}`;
  const date = far || year !== '' ? ` ${at.day} ${MONTHS[at.month - 1]}${year}` : '';
  return `${at.weekday}${date} ${at.clock} ${zone.name}`;
}

/** `Fri 23 Oct 2026 17:30 London`: for values, because nothing around a value tells its date. */
export function fullMoment(at_ms: number, timezone: string): string {
  const zone = zoneOf(timezone);
  const at = local(at_ms, zone);
  return `${at.weekday} ${at.day} ${MONTHS[at.month - 1]} ${at.year} ${at.clock} ${zone.name}`;
}

/** `Fri 23 Oct 2026`. A date without a time of day belongs to no zone. */
export function calendarDate(year: number, month: number, day: number): string {
  return `${DAYS[new Date(Date.UTC(year, month - 1, day)).getUTCDay()]} ${day} ${MONTHS[month - 1]} ${year}`;
}

/** From here on, hours are left out. */
const FAR_MS = 7 * DAY_MS;

/** `3 h 10 min`, `2 days 23 h`, `9 days`, `less than a minute`. Rounded down, so that it never promises more time than there is. */
export function span(length_ms: number): string {
  const ms = Math.max(0, length_ms);
  if (ms < MINUTE_MS) return 'less than a minute';
  if (ms >= 2 * DAY_MS) {
    const [days, left] = [Math.floor(ms / DAY_MS), Math.floor((ms % DAY_MS) / HOUR_MS)];
    return left === 0 || ms >= FAR_MS ? `${days} days` : `${days} days ${left} h`;
  }
  const [hours, minutes] = [Math.floor(ms / HOUR_MS), Math.floor((ms % HOUR_MS) / MINUTE_MS)];
  if (hours === 0) return `${minutes} min`;
  return minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`;
}

/** `in 3 h 10 min`, `12 min ago`, `just now`. */
export function fromNow(at_ms: number, now_ms: number): string {
  if (at_ms >= now_ms) return `in ${span(at_ms - now_ms)}`;
  return now_ms - at_ms < MINUTE_MS ? 'just now' : `${span(now_ms - at_ms)} ago`;
}
