import { randomBytes } from 'node:crypto';

/** Prefixes say what an id is of; the rest is opaque. */
export type IdPrefix = 'apr' | 'vot' | 'usr' | 'key' | 'prm' | 'whk' | 'dlv' | 'evt' | 'agt';

/** A fresh id: prefix, underscore, 128 random bits in base64url without `-` and `_`. */
export function newId(prefix: IdPrefix): string {
  let text = '';
  while (text.length < 22) text += randomBytes(24).toString('base64url').replace(/[-_]/g, '');
  return `${prefix}_${text.slice(0, 22)}`;
}
