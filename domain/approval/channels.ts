/** The table of channels. Types and lists that depend on the channel derive from it. docs/guides/extend.md says how to add a channel. */

interface ChannelRow {
  /** The channel's name for people. */
  label: string;
  /** Stands for the channel in link tokens. Never change one: links that were sent must keep their meaning. */
  letter: string;
  /** Messages leave through an outside service. Each has a task queue of its own, so that a slow service delays no other channel (T39). */
  carrier: boolean;
  /** How the channel reaches a person; null if it carries no messages to people. */
  personal: PersonalRow | null;
}

interface PersonalRow {
  /** The kind of address that a person needs, in the SQL table `identities`. */
  identity: string;
  /** The field of a user with these addresses, in the API. */
  field: string;
  /** Matches a valid address. Null for email, whose addresses the API's own schema checks. */
  pattern: RegExp | null;
  /** The form of an address in words. */
  example: string;
  /** People recognise the address when a page shows it. Slack ids are for machines. */
  readable: boolean;
  /** A message makes a phone ring, so in quiet hours these channels are tried last. */
  wakes: boolean;
  /** Addresses of shared channels, which a policy writes as `slack:#refunds`; null if the channel has none. */
  shared: RegExp | null;
}

/** Every way in which a message leaves or a vote arrives. */
export const CHANNELS = {
  email: {
    label: 'Email',
    letter: 'e',
    carrier: true,
    personal: {
      identity: 'email',
      field: 'emails',
      pattern: null,
      example: 'an email address like ana@acme.example',
      readable: true,
      wakes: false,
      shared: null,
    },
  },
  sms: {
    label: 'SMS',
    letter: 's',
    carrier: true,
    personal: {
      identity: 'phone',
      field: 'phones',
      pattern: /^\+[1-9]\d{6,14}$/,
      example: 'a phone number like +441632960961',
      readable: true,
      wakes: true,
      shared: null,
    },
  },
  slack: {
    label: 'Slack',
    letter: 'k',
    carrier: true,
    personal: {
      identity: 'slack',
      field: 'slack_ids',
      pattern: /^[UW][A-Z0-9]{2,20}$/,
      example: 'a Slack user id like U024BE7LH',
      readable: false,
      wakes: true,
      shared: /^[#@]?[^\s:]{1,80}$/,
    },
  },
  webhook: { label: 'Webhook', letter: 'w', carrier: true, personal: null },
  dashboard: { label: 'Dashboard', letter: 'd', carrier: false, personal: null },
  api: { label: 'API', letter: 'a', carrier: false, personal: null },
} as const satisfies Record<string, ChannelRow>;

type Table = typeof CHANNELS;

/** Names of channels for which a condition holds. */
type ChannelWith<Condition> = { [C in keyof Table]: Table[C] extends Condition ? C : never }[keyof Table];

export type CarrierName = ChannelWith<{ carrier: true }>;
export type PersonalChannel = ChannelWith<{ personal: object }>;
type Personal = Table[PersonalChannel]['personal'];
export type IdentityKind = Personal['identity'];
export type AddressField = Personal['field'];

export const CHANNEL_NAMES = Object.keys(CHANNELS) as [keyof Table, ...(keyof Table)[]];

export const CARRIERS = CHANNEL_NAMES.filter((name) => CHANNELS[name].carrier) as CarrierName[];

export const PERSONAL_CHANNELS = CHANNEL_NAMES.filter((name) => CHANNELS[name].personal !== null) as [
  PersonalChannel,
  ...PersonalChannel[],
];

/** The row of each channel that reaches people. */
export const personalRow = (channel: PersonalChannel): PersonalRow & Personal => CHANNELS[channel].personal;

/** Which addresses of a user are of which kind: `emails` → `email`. */
export const ADDRESS_FIELDS = Object.fromEntries(
  PERSONAL_CHANNELS.map((channel) => [personalRow(channel).field, personalRow(channel).identity]),
) as Record<AddressField, IdentityKind>;

export const isPersonalChannel = (name: string): name is PersonalChannel =>
  (PERSONAL_CHANNELS as readonly string[]).includes(name);

/** Splits a target: `email` is a channel of a person, `slack:#refunds` is the shared channel `#refunds`. Null for any other text. */
export function parseTarget(target: string): { channel: PersonalChannel; shared: string | null } | null {
  const [, name = '', , shared] = /^([^:]*)(:(.*))?$/s.exec(target) ?? [];
  if (!isPersonalChannel(name)) return null;
  if (shared === undefined) return { channel: name, shared: null };
  return personalRow(name).shared?.test(shared) ? { channel: name, shared } : null;
}
