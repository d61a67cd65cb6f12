/** A person on the wire. */
import { z } from 'zod';
import type { Person } from '../../application/people';
import { PERSONAL_CHANNELS, personalRow, type AddressField, type PersonalChannel } from '../../domain/approval';
import { isTimeZone } from '../../domain/calendar/zone';
import { EmailAddress, Instant, Name, text } from './schemas';

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is not a time of day like 22:00');
const QuietHours = z.strictObject({ from: TimeOfDay, to: TimeOfDay });
const Away = z.strictObject({ until: Instant, delegate: text(200).min(1).nullish() });
const Role = text(64).regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'is not a role: write letters, digits, "_", "." and "-"');

/** One field for each kind of address, such as `phones`. */
const addressFields = (
  schemaFor: (channel: PersonalChannel) => z.ZodType,
): Record<AddressField, z.ZodArray<z.ZodType<string>>> =>
  Object.fromEntries(PERSONAL_CHANNELS.map((channel) => [personalRow(channel).field, schemaFor(channel)])) as never;

const fields = {
  ...addressFields((channel) => {
    const { pattern, example } = personalRow(channel);
    return z.array(pattern === null ? EmailAddress : z.string().regex(pattern, `is not ${example}`)).max(10);
  }),
  roles: z.array(Role).max(50),
  timezone: z.string().max(64).refine(isTimeZone, 'is not an IANA time zone like Europe/London'),
  channels: z.array(z.enum(PERSONAL_CHANNELS)).max(PERSONAL_CHANNELS.length),
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
    ...addressFields(() => z.array(z.string())),
    roles: z.array(z.string()),
    timezone: z.string(),
    channels: z.array(z.string()),
    quiet_hours: QuietHours.nullable(),
    away: z.object({ until: z.string(), delegate: z.string().nullable() }).nullable(),
    active: z.boolean(),
  })
  .meta({ id: 'User' });

export function presentPerson(person: Person): z.output<typeof UserSchema> {
  const { id, name, away, self_given_roles: _, self_given_emails: __, active_since: ___, ...rest } = person;
  return { id, name, ...rest, away: away === null ? null : { until: away.until, delegate: away.delegate ?? null } };
}
