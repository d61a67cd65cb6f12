/** Quiet hours: when a person does not want to be woken, in the person's own time zone. */
export interface QuietHours {
  /** `HH:MM`: the first quiet minute. */
  from: string;
  /** `HH:MM`: the first minute after. If it is before `from`, it means the next morning. */
  to: string;
  /** IANA name. An unknown zone counts as UTC. */
  timezone: string;
}

export function quietAt({ from, to, timezone }: QuietHours, at_ms: number): boolean {
  if (from === to) return false;
  const time = localTime(timezone, at_ms);
  return from < to ? time >= from && time < to : time >= from || time < to;
}

function localTime(timezone: string, at_ms: number): string {
  const format = (timeZone: string): string =>
    new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at_ms);
  try {
    return format(timezone);
  } catch {
    return format('UTC');
  }
}
