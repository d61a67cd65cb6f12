/**
 * The token in a reviewer's link: `kid.payload.mac`. It names person, approval, level, digest, channel and expiry, so the
 * database stores nothing about it. It is deterministic: a message that is sent again carries the same link.
 *
 * Text messages cost by length, so the payload is short: `1`, the channel's letter, the expiry in base 36, then approval,
 * person, level and digest without their prefixes, separated by dots. The mac never ends in "-", which some phones drop
 * from the end of a link.
 */
import { createHash } from 'node:crypto';
import { CHANNEL_NAMES, CHANNELS, type Channel, type PersonId } from '../domain/approval';
import { signText, verifyText, type KeyRing } from './keys';

/** A link is valid for exactly these: another level, digest or person needs another link. */
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
const SAFE = /^[A-Za-z0-9_-]+$/;
const DIGEST = /^sha256:([0-9a-f]{64})$/;
/** Longer than any token that we create. A longer one is refused before any work is done on it. */
const MAX_TOKEN_CHARACTERS = 1024;

/** Throws `RangeError` for ids and digests of another form than ours. */
export function createLinkToken(ring: KeyRing<'link-token'>, grant: LinkGrant): string {
  const end = Math.floor(grant.expires_at_ms / 1000).toString(36);
  const payload = [
    `${FORMAT}${CHANNELS[grant.channel].letter}${end}`,
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
 * Null for every malformed, foreign or forged token, without telling which. An expired token is read, because its page
 * can still show the outcome; the caller decides.
 */
export function readLinkToken(ring: KeyRing<'link-token'>, token: string): LinkGrant | null {
  if (token.length > MAX_TOKEN_CHARACTERS) return null;
  const [kid, payload, mac] = /^([^.]+)\.(.+)\.([^.]+)$/s.exec(token)?.slice(1) ?? [];
  if (payload === undefined || !verifyText(ring, payload, `${kid}.${mac}`)) return null;
  return readPayload(payload);
}

/** Names a link in a URL path and a cookie path without revealing its token. */
export const linkId = (token: string): string =>
  createHash('sha256').update(`link-id:${token}`).digest().subarray(0, 16).toString('base64url');

/** For a payload whose signature is good. Null only for a format of a later version under the same key. */
function readPayload(payload: string): LinkGrant | null {
  const [head = '', approval = '', person = '', level = '', digest = ''] = payload.split('.');
  const channel = CHANNEL_NAMES.find((name) => CHANNELS[name].letter === head[1]);
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
