/** Parsers for the text of a setting. No message quotes the value, because it may be a secret. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { KEY_BYTES, KID, type SecretKey } from '../encryption/keys';

export const text = z.string();

export const matching = (pattern: RegExp, form: string) => z.string().regex(pattern, `must be ${form}`);

export const oneOf = (...choices: readonly string[]) =>
  z
    .string()
    .toLowerCase()
    .refine((value) => choices.includes(value), `must be one of ${choices.join(', ')}`);

export const port = z
  .string()
  .refine((value) => /^\d{1,5}$/.test(value) && Number(value) <= 65535, 'must be a number from 0 to 65535')
  .transform(Number);

export const url = (...schemes: readonly string[]) =>
  z
    .string()
    .refine(
      (value) => URL.canParse(value) && schemes.includes(new URL(value).protocol.slice(0, -1)),
      `must be a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
    );

export const email = matching(/^[^\s@<>]+@[^\s@<>]+$/, 'an email address').toLowerCase();

export const list = (fits: (item: string) => boolean, form: string) =>
  z
    .string()
    .transform(splitList)
    .refine((items) => items.every(fits), `must be a list separated by commas, each item ${form}`);

/** An address, a network in CIDR notation, or a name that `trust proxy` of Express knows. */
export function isNetwork(item: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(item)) return true;
  const [address = '', bits, ...more] = item.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

export const isHost = (item: string): boolean => /^(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(:\d{1,5})?$/i.test(item);

/** PEM text. `\n` stands for a line end, because many shells and env files cannot hold several lines. */
export const pem = z
  .string()
  .transform((value) => value.replace(/\\n/g, '\n'))
  .refine((value) => value.startsWith('-----BEGIN '), 'must be PEM text that begins with -----BEGIN');

export const keys = z.string().transform((value, context): SecretKey[] => {
  const found = splitList(value).map((item) => {
    const [kid = '', encoded = '', ...more] = item.split(':');
    return { kid, secret: more.length ? Buffer.alloc(0) : Buffer.from(encoded, 'base64') };
  });
  if (!found.length || found.some(({ kid, secret }) => !KID.test(kid) || secret.length !== KEY_BYTES))
    context.addIssue(
      `must be kid:base64 pairs, separated by commas, each of ${KEY_BYTES} bytes (openssl rand -base64 ${KEY_BYTES})`,
    );
  else if (new Set(found.map(({ kid }) => kid)).size !== found.length) context.addIssue('has the same kid twice');
  return found;
});

/** A setting that every process needs. `how` tells the reader how to set it. */
export const required = (how: string) => z.string({ error: `is required${how}` });

function splitList(value: string): string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
}
