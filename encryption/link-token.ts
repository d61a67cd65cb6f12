/**
 * The token in a reviewer's link: `kid.payload.mac`. It says for whom, what and until when, so that nothing about it is
 * stored; and it is the same each time it is made, so that a repeated send carries the same link.
 *
 * Text messages pay per character: the payload is `1`, the channel's letter and the end in base 36, then approval, person,
 * level and digest, each without its prefix and with a dot between. The mac ends in a letter, because some phones drop a
 * final "-" from a link.
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

const FORMAT = '1';
/** Fixed for ever, so that links which are out there keep their meaning. */
const LETTERS: Record<Channel, string> = { email: 'e', sms: 's', slack: 'k', webhook: 'w', dashboard: 'd', api: 'a' };
const SAFE = /^[A-Za-z0-9_-]+$/;
const DIGEST = /^sha256:([0-9a-f]{64})$/;
/** Longer than any that we make; stops the work on a hostile one early. */
const MAX_TOKEN_CHARACTERS = 1024;

/** Throws `RangeError` for ids and digests that are not ours. */
export function makeLinkToken(ring: KeyRing<'link-token'>, grant: LinkGrant): string {
  const end = Math.floor(grant.expires_at_ms / 1000).toString(36);
  const payload = [
    `${FORMAT}${LETTERS[grant.channel]}${end}`,
    withoutPrefix(grant.approval_id, 'apr_'),
    withoutPrefix(grant.person, 'usr_'),
    SAFE.test(grant.level) ? grant.level : `~${Buffer.from(grant.level).toString('base64url')}`,
    shortDigest(grant.digest),
  ].join('.');
  const [kid, mac] = signText(ring, payload).split('.');
  const token = `${kid}.${payload}.${mac}`;
  if (token.length > MAX_TOKEN_CHARACTERS) throw new RangeError('The names in this link are too long for a link.');
  return token;
}

/**
 * Null for every malformed, foreign or forged token, without saying which. One past its time is read: whether its
 * approval still has an outcome to show is the approval's to say.
 */
export function readLinkToken(ring: KeyRing<'link-token'>, token: string): LinkGrant | null {
  if (token.length > MAX_TOKEN_CHARACTERS) return null;
  const [kid, payload, mac] = /^([^.]+)\.(.+)\.([^.]+)$/s.exec(token)?.slice(1) ?? [];
  if (payload === undefined || !verifyText(ring, payload, `${kid}.${mac}`)) return null;
  return readPayload(payload);
}

/** Names a link in a URL path and a cookie path; nobody gets from it to the token. */
export const linkId = (token: string): string =>
  createHash('sha256').update(`link-id:${token}`).digest().subarray(0, 16).toString('base64url');

/** The signature was good; null only for a format of a later version under the same key. */
function readPayload(payload: string): LinkGrant | null {
  const [head = '', approval = '', person = '', level = '', digest = ''] = payload.split('.');
  const channel = (Object.keys(LETTERS) as Channel[]).find((name) => LETTERS[name] === head[1]);
  if (head[0] !== FORMAT || channel === undefined) return null;
  return {
    approval_id: `apr_${approval}`,
    person: `usr_${person}`,
    level: level.startsWith('~') ? Buffer.from(level.slice(1), 'base64url').toString() : level,
    digest: `sha256:${Buffer.from(digest, 'base64url').toString('hex')}`,
    channel,
    expires_at_ms: parseInt(head.slice(2), 36) * 1000,
  };
}

function withoutPrefix(id: string, prefix: string): string {
  const rest = id.slice(prefix.length);
  if (!id.startsWith(prefix) || !SAFE.test(rest)) throw new RangeError(`A link needs an id of the form ${prefix}….`);
  return rest;
}

function shortDigest(digest: string): string {
  const [, hex] = DIGEST.exec(digest) ?? [];
  if (hex === undefined) throw new RangeError('A link needs a digest of the form sha256:<64 hex digits>.');
  return Buffer.from(hex, 'hex').toString('base64url');
}
