/** A person on the wire. */
import { z } from 'zod';
import type { Person } from '../../db/people';
import { isTimeZone } from '../../domain/calendar/zone';
import { EmailAddress, Instant, Name, text } from './schemas';

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is not a time of day like 22:00');
const QuietHours = z.strictObject({ from: TimeOfDay, to: TimeOfDay });
const Away = z.strictObject({ until: Instant, delegate: text(200).min(1).nullish() });
const Role = text(64).regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'is not a role: write letters, digits, "_", "." and "-"');

const fields = {
  emails: z.array(EmailAddress).max(10),
  phones: z.array(z.string().regex(/^\+[1-9]\d{6,14}$/, 'is not a phone number like +441632960961')).max(10),
  slack_ids: z.array(z.string().regex(/^[UW][A-Z0-9]{2,20}$/, 'is not a Slack user id like U024BE7LH')).max(10),
  roles: z.array(Role).max(50),
  timezone: z.string().max(64).refine(isTimeZone, 'is not an IANA time zone like Europe/London'),
  channels: z.array(z.enum(['email', 'sms', 'slack'])).max(3),
  quiet_hours: QuietHours.nullable(),
  away: Away.nullable(),
  active: z.boolean(),
};

export const NewUser = z
  .strictObject({ ...z.object(fields).partial().shape, name: Name, emails: fields.emails.min(1) })
  .meta({ id: 'NewUser' });
export const UserChanges = z
  .strictObject({ ...z.object(fields).partial().shape, name: Name.optional() })
  .meta({ id: 'UserChanges' });

export const UserSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    emails: z.array(z.string()),
    phones: z.array(z.string()),
    slack_ids: z.array(z.string()),
    roles: z.array(z.string()),
    timezone: z.string(),
    channels: z.array(z.string()),
    quiet_hours: QuietHours.nullable(),
    away: z.object({ until: z.string(), delegate: z.string().nullable() }).nullable(),
    active: z.boolean(),
  })
  .meta({ id: 'User' });

export const presentPerson = ({
  id,
  name,
  emails,
  phones,
  slack_ids,
  roles,
  timezone,
  channels,
  quiet_hours,
  away,
  active,
}: Person): z.output<typeof UserSchema> => ({
  id,
  name,
  emails,
  phones,
  slack_ids,
  roles,
  timezone,
  channels,
  quiet_hours,
  away: away === null ? null : { until: away.until, delegate: away.delegate ?? null },
  active,
});
