/** A person as a request gives one and as an answer shows one. */
import { z } from 'zod';
import type { Person } from '../../application/people';
import { PERSONAL_CHANNELS, personalRow, type AddressField, type PersonalChannel } from '../../domain/approval';
import { isTimeZone } from '../../domain/calendar/zone';
import { EXAMPLES, STORY } from './examples';
import { EmailAddress, Instant, Name, text } from './schemas';

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is not a time of day like 22:00');
const QuietHours = z.strictObject({
  from: TimeOfDay.describe('Begin, `HH:MM` in the time zone of the person.'),
  to: TimeOfDay.describe('End, `HH:MM` in the time zone of the person. Before `from`: on the next day.'),
});
const Away = z.strictObject({
  until: Instant.describe('When they are back, RFC 3339.'),
  delegate: text(200)
    .min(1)
    .nullish()
    .describe('Id of the person who votes in their seat meanwhile, `usr_…`. Null or absent: nobody does.'),
});
const Role = text(64).regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'is not a role: write letters, digits, "_", "." and "-"');

const TEXTS = {
  name: 'The name that other people see, 1 to 120 characters.',
  roles:
    'Roles that a policy names as `role:NAME`. An `admin` may change everything; an `auditor` reads everything and never votes.',
  timezone: 'IANA name of the time zone in which times are shown, like `Europe/London`.',
  channels: 'The channels on which the person is asked, in the order in which they are tried.',
  quiet_hours: 'Every day in these hours, channels that make a phone ring are tried last. Null: no such hours.',
  away: 'Until when the person is away, and who votes for them. Null: not away.',
  active: 'False: the person cannot sign in or vote, and is asked nothing.',
};

/** One field for each kind of address, such as `phones`. */
const addressFields = (
  schemaFor: (channel: PersonalChannel) => z.ZodType,
): Record<AddressField, z.ZodArray<z.ZodType<string>>> =>
  Object.fromEntries(
    PERSONAL_CHANNELS.map((channel) => {
      const { field, example } = personalRow(channel);
      const description = `Each is ${example}. Messages go to the first. An address belongs to one person only.`;
      return [field, schemaFor(channel).describe(description)];
    }),
  ) as never;

const fields = {
  ...addressFields((channel) => {
    const { pattern, example } = personalRow(channel);
    return z.array(pattern === null ? EmailAddress : z.string().regex(pattern, `is not ${example}`)).max(10);
  }),
  roles: z.array(Role).max(50).describe(TEXTS.roles),
  timezone: z
    .string()
    .max(64)
    .refine(isTimeZone, 'is not an IANA time zone like Europe/London')
    .describe(TEXTS.timezone),
  channels: z.array(z.enum(PERSONAL_CHANNELS)).max(PERSONAL_CHANNELS.length).describe(TEXTS.channels),
  quiet_hours: QuietHours.nullable().describe(TEXTS.quiet_hours),
  away: Away.nullable().describe(TEXTS.away),
  active: z.boolean().describe(TEXTS.active),
};

export const NewUser = z
  .strictObject({
    ...z.object(fields).partial().shape,
    name: Name.describe(TEXTS.name),
    emails: fields.emails
      .min(1)
      .describe('At least one. Messages go to the first. An address belongs to one person only.'),
  })
  .meta({ id: 'NewUser', description: 'A person to create.' })
  .register(EXAMPLES, {
    example: { name: STORY.ana.name, emails: ['ana@acme.example'], roles: ['support-lead'], timezone: 'Europe/London' },
  });
export const UserChanges = z
  .strictObject({ ...z.object(fields).partial().shape, name: Name.optional().describe(TEXTS.name) })
  .meta({
    id: 'UserChanges',
    description: 'What to change of a person. A field that is absent stays; a list is replaced whole.',
  })
  .register(EXAMPLES, { example: { away: { until: '2026-12-07T09:00:00Z', delegate: STORY.ada.id } } });

export const UserSchema = z
  .object({
    id: z.string().describe('User id, `usr_…`.'),
    name: z.string().describe(TEXTS.name),
    ...addressFields(() => z.array(z.string())),
    roles: z.array(z.string()).describe(TEXTS.roles),
    timezone: z.string().describe(TEXTS.timezone),
    channels: z.array(z.string()).describe(TEXTS.channels),
    quiet_hours: QuietHours.nullable().describe(TEXTS.quiet_hours),
    away: z
      .object({
        until: z.string().describe('When they are back, RFC 3339.'),
        delegate: z
          .string()
          .nullable()
          .describe('Id of the person who votes in their seat meanwhile, `usr_…`. Null: nobody does.'),
      })
      .nullable()
      .describe(TEXTS.away),
    active: z.boolean().describe(TEXTS.active),
  })
  .meta({ id: 'User', description: 'A person who may see or decide approvals.' })
  .register(EXAMPLES, {
    example: {
      ...STORY.ana,
      emails: ['ana@acme.example'],
      phones: ['+441632960961'],
      slack_ids: ['U024BE7LH'],
      roles: ['support-lead'],
      timezone: 'Europe/London',
      channels: ['email', 'slack'],
      quiet_hours: { from: '22:00', to: '07:00' },
      away: null,
      active: true,
    },
  });

export function presentPerson(person: Person): z.output<typeof UserSchema> {
  const { id, name, away, self_given_roles: _, self_given_emails: __, active_since: ___, ...rest } = person;
  return { id, name, ...rest, away: away === null ? null : { until: away.until, delegate: away.delegate ?? null } };
}
