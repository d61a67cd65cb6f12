import fc from 'fast-check';
import { CHANNEL_NAMES } from '../domain/approval';
import { purposeKey, signText, type SecretKey } from './keys';
import { linkId, createLinkToken, readLinkToken, type LinkGrant } from './link-token';

const key = (kid: string, fill: number): SecretKey => ({ kid, secret: Buffer.alloc(32, fill) });
const ring = purposeKey([key('k1', 1)], 'link-token');
const NOW_MS = Date.parse('2026-06-01T12:00:00Z');

const grant: LinkGrant = {
  approval_id: 'apr_7Gq2xVtR0bKz9LmN4pWc1A',
  person: 'usr_S8dYh3uQeJf6TiXo5vB2nZ',
  level: 'finance',
  digest: `sha256:${'0a1b2c3d'.repeat(8)}`,
  channel: 'sms',
  expires_at_ms: NOW_MS + 86_400_000,
};
const token = createLinkToken(ring, grant);

const grants = fc.record<LinkGrant>({
  approval_id: fc.stringMatching(/^apr_[A-Za-z0-9_-]{1,40}$/),
  person: fc.stringMatching(/^usr_[A-Za-z0-9_-]{1,40}$/),
  level: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
  digest: fc.stringMatching(/^sha256:[0-9a-f]{64}$/),
  channel: fc.constantFrom(...CHANNEL_NAMES),
  expires_at_ms: fc.integer({ min: 0, max: 40_000_000_000 }).map((seconds) => seconds * 1000),
});

describe('a link token', () => {
  test('reads back as the values that it was created from', () => {
    expect(readLinkToken(ring, token)).toEqual(grant);
    fc.assert(
      fc.property(grants, (any) => {
        expect(readLinkToken(ring, createLinkToken(ring, any))).toEqual(any);
      }),
    );
  });

  test('is the same each time, so that a repeated send carries the same link', () => {
    expect(createLinkToken(ring, { ...grant })).toBe(token);
  });

  test('differs for another approval, person, level, digest, channel or end', () => {
    const others: Partial<LinkGrant>[] = [
      { approval_id: 'apr_other' },
      { person: 'usr_other' },
      { level: 'team' },
      { digest: `sha256:${'f'.repeat(64)}` },
      { channel: 'email' },
      { expires_at_ms: grant.expires_at_ms + 1000 },
    ];
    expect(new Set([token, ...others.map((other) => createLinkToken(ring, { ...grant, ...other }))]).size).toBe(7);
  });

  test('is short enough to share a text message with words', () => {
    expect(token.length).toBeLessThanOrEqual(140);
  });

  test('is safe in a URL and ends in a character that no phone drops from a link', () => {
    fc.assert(
      fc.property(grants, (any) => {
        const token = createLinkToken(ring, any);
        expect(encodeURIComponent(token)).toBe(token);
        expect(token).toMatch(/[A-Za-z0-9]$/);
      }),
    );
  });

  test('counts whole seconds, and is read past its end too', () => {
    for (const end_ms of [NOW_MS + 1_999, 1_999]) {
      const token = createLinkToken(ring, { ...grant, expires_at_ms: end_ms });
      expect(readLinkToken(ring, token)).toEqual({ ...grant, expires_at_ms: end_ms - 999 });
    }
  });

  test('keeps a level name with dots, spaces or other scripts apart from its neighbours', () => {
    for (const level of ['a.b', '~x', 'Prüfung 2', '承認', ' ', '..'])
      expect(readLinkToken(ring, createLinkToken(ring, { ...grant, level }))).toMatchObject({
        level,
        digest: grant.digest,
      });
  });

  test('is refused for ids that are not ours, for other digests and for what is too long', () => {
    const approval = 'A link needs an id of the form apr_….';
    const person = 'A link needs an id of the form usr_….';
    const digest = 'A link needs a digest of the form sha256:<64 hex digits>.';
    const refused: [Partial<LinkGrant>, string][] = [
      [{ approval_id: 'usr_1' }, approval],
      [{ approval_id: 'apr_' }, approval],
      [{ approval_id: 'apr_1.2' }, approval],
      [{ person: 'ana@acme.example' }, person],
      [{ digest: 'sha256:00' }, digest],
      [{ digest: grant.digest.toUpperCase() }, digest],
      [{ level: 'x'.repeat(1000) }, 'The names in this link are too long for a link.'],
    ];
    for (const [part, why] of refused) expect(() => createLinkToken(ring, { ...grant, ...part })).toThrow(why);
  });
});

describe('what is not a link token of ours reads as nothing', () => {
  test.each([
    '',
    '.',
    '..',
    '...',
    'k1',
    'k1.x.y',
    `k1..${token.split('.').at(-1)}`,
    token.slice(1),
    token.slice(0, -1),
    `${token}.`,
    `${token}A`,
    ` ${token}`,
    token.replace('k1', 'k9'),
    token.replace('finance', 'team'),
    token.replace('.1s', '.1e'),
    token.toUpperCase(),
    'a.'.repeat(5_000),
    `k1.${'A'.repeat(100_000)}.AAAAAAAAAAAAAAAAAAAAAA`,
  ])('%#', (forged) => {
    expect(readLinkToken(ring, forged)).toBeNull();
  });

  test('one character changed anywhere', () => {
    for (let at = 0; at < token.length; at += 1) {
      for (const letter of ['A', 'b', '.', '-']) {
        const changed = token.slice(0, at) + letter + token.slice(at + 1);
        if (changed !== token) expect(readLinkToken(ring, changed)).toBeNull();
      }
    }
  });

  test('any text at all', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => readLinkToken(ring, text) === null));
  });

  test('a token of another deployment, or of another purpose of the same keys', () => {
    expect(readLinkToken(purposeKey([key('k1', 2)], 'link-token'), token)).toBeNull();
    const other = { ...purposeKey([key('k1', 1)], 'seal'), purpose: 'link-token' as const };
    expect(readLinkToken(other, token)).toBeNull();
  });

  test.each([
    ['format', /^1/, '2'],
    ['channel', /^1./, '1z'],
  ])('a %s that this version does not know', (_, now, later) => {
    const payload = token.split('.').slice(1, -1).join('.');
    const signed = (text: string): string => {
      const [kid, mac] = signText(ring, text).split('.');
      return `${kid}.${text}.${mac}`;
    };
    expect(readLinkToken(ring, signed(payload))).toEqual(grant);
    expect(readLinkToken(ring, signed(payload.replace(now, later)))).toBeNull();
  });
});

test('key rotation: links of the old key are read until it is retired, new ones carry the new key', () => {
  const rotated = purposeKey([key('k2', 2), key('k1', 1)], 'link-token');
  expect(readLinkToken(rotated, token)).toEqual(grant);
  const fresh = createLinkToken(rotated, grant);
  expect(fresh).toMatch(/^k2\./);
  expect(readLinkToken(purposeKey([key('k2', 2)], 'link-token'), fresh)).toEqual(grant);
  expect(readLinkToken(purposeKey([key('k2', 2)], 'link-token'), token)).toBeNull();
});

describe('the id of a link', () => {
  test('is the same for the same link, another for each other link, and safe in a path', () => {
    expect(linkId(token)).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(linkId(token)).toBe(linkId(token));
    expect(linkId(createLinkToken(ring, { ...grant, level: 'team' }))).not.toBe(linkId(token));
  });

  test('holds nothing of the token', () => {
    for (const part of token.split('.')) expect(linkId(token)).not.toContain(part);
  });
});
