/** When a person does not want to be woken: `{from: "22:00", to: "07:00"}` in the person's own zone. */
export interface QuietHours {
  /** `HH:MM`, included. */
  from: string;
  /** `HH:MM`, not included; before `from` means the next morning. */
  to: string;
  /** IANA; one that we do not know is read as UTC. */
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
