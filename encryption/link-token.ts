/**
 * The token in a reviewer's link: `kid.payload.mac`. It says for whom, what and until when, so that nothing about it is
 * stored; and it is the same each time it is made, so that a repeated send carries the same link.
 *
 * Text messages pay per character: ids and digest travel as bytes, the instant as whole seconds, the channel as a number.
 * The mac ends in a letter, because some phones drop a final "-" from a link.
 */
import { createHash } from 'node:crypto';
import type { Channel, PersonId } from '../domain/approval';
import { signText, verifyText, type KeyRing } from './keys';

/** What a link is good for, and nothing else: another level, other bytes, another person need another link. */
export interface LinkGrant {
  approval_id: string;
  person: PersonId;
  level: string;
  digest: string;
  channel: Channel;
  /** Rounded down to whole seconds in the token. */
  expires_at_ms: number;
}

const FORMAT = 1;
/** Fixed for ever, so that links which are out there keep their meaning. */
const CHANNEL_CODES: Record<Channel, number> = { email: 1, sms: 2, slack: 3, webhook: 4, dashboard: 5, api: 6 };
const DIGEST = /^sha256:[0-9a-f]{64}$/;
/** Longer than any that we make; stops the work on a hostile one early. */
const MAX_TOKEN_CHARACTERS = 1024;

export function makeLinkToken(ring: KeyRing<'link-token'>, grant: LinkGrant): string {
  const payload = encodeGrant(grant).toString('base64url');
  const [kid, mac] = signText(ring, payload).split('.');
  return `${kid}.${payload}.${mac}`;
}

/** Null for every malformed, foreign or forged token, without saying which; a token of ours past its time says `expired`. */
export function readLinkToken(
  ring: KeyRing<'link-token'>,
  token: string,
  now_ms: number,
): (LinkGrant & { expired: boolean }) | null {
  if (token.length > MAX_TOKEN_CHARACTERS) return null;
  const [kid, payload, mac, ...more] = token.split('.');
  if (payload === undefined || mac === undefined || more.length > 0) return null;
  if (!verifyText(ring, payload, `${kid}.${mac}`)) return null;
  const grant = decodeGrant(Buffer.from(payload, 'base64url'));
  return grant && { ...grant, expired: now_ms >= grant.expires_at_ms };
}

/** Names a link in a URL path and a cookie path; nobody gets from it to the token. */
export const linkId = (token: string): string =>
  createHash('sha256').update(`link-id:${token}`).digest().subarray(0, 16).toString('base64url');

function encodeGrant(grant: LinkGrant): Buffer {
  if (!DIGEST.test(grant.digest)) throw new RangeError('A link needs a digest of the form sha256:<64 hex digits>.');
  const head = Buffer.alloc(7);
  head.writeUInt8(FORMAT, 0);
  head.writeUInt8(CHANNEL_CODES[grant.channel], 1);
  head.writeUIntBE(Math.floor(grant.expires_at_ms / 1000), 2, 5);
  return Buffer.concat([
    head,
    Buffer.from(grant.digest.slice('sha256:'.length), 'hex'),
    packed(grant.approval_id),
    packed(grant.person),
    packed(grant.level),
  ]);
}

function decodeGrant(bytes: Buffer): LinkGrant | null {
  const reader = { at: 39, bytes };
  // A later format under the same key is for a later version to read.
  if (bytes.length < reader.at || bytes[0] !== FORMAT) return null;
  const channel = (Object.keys(CHANNEL_CODES) as Channel[]).find((name) => CHANNEL_CODES[name] === bytes[1]);
  if (channel === undefined) return null;
  return {
    approval_id: unpacked(reader),
    person: unpacked(reader),
    level: unpacked(reader),
    digest: `sha256:${bytes.toString('hex', 7, 39)}`,
    channel,
    expires_at_ms: bytes.readUIntBE(2, 5) * 1000,
  };
}

/** How the part after `apr_` and the like travels: as it is, or as the bytes that it spells in one of these alphabets. */
const SPELLINGS = ['utf8', 'hex', 'base64url'] as const;
const PACKABLE = /^([a-z]{3}_)(.+)$/;
const MAX_TEXT_BYTES = 255;

/** Spelling, prefix length, body length, prefix, body. */
function packed(text: string): Buffer {
  const [, prefix = '', body = text] = PACKABLE.exec(text) ?? [];
  for (const spelling of ['hex', 'base64url'] as const) {
    const bytes = Buffer.from(body, spelling);
    if (prefix !== '' && bytes.toString(spelling) === body) return field(spelling, prefix, bytes);
  }
  return field('utf8', '', Buffer.from(text));
}

function field(spelling: (typeof SPELLINGS)[number], prefix: string, body: Buffer): Buffer {
  if (body.length > MAX_TEXT_BYTES) throw new RangeError('A link holds ids and level names of at most 255 bytes.');
  const head = Buffer.from([SPELLINGS.indexOf(spelling) * 16 + prefix.length, body.length]);
  return Buffer.concat([head, Buffer.from(prefix), body]);
}

function unpacked(reader: { at: number; bytes: Buffer }): string {
  const [head = 0, length = 0] = reader.bytes.subarray(reader.at);
  const body = reader.at + 2 + (head % 16);
  const prefix = reader.bytes.toString('utf8', reader.at + 2, body);
  reader.at = body + length;
  return prefix + reader.bytes.toString(SPELLINGS[head >> 4] ?? 'utf8', body, reader.at);
}
