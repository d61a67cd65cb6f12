/** Random ids with a prefix that names the kind of thing. */
import { randomBytes } from 'node:crypto';

/** Approval, vote, user, key, permission, webhook, delivery, event, agent. */
export type IdPrefix = 'apr' | 'vot' | 'usr' | 'key' | 'prm' | 'whk' | 'dlv' | 'evt' | 'agt';

/** Prefix, underscore, and 22 letters and digits: about 130 random bits. */
export function newId(prefix: IdPrefix): string {
  let text = '';
  while (text.length < 22) text += randomBytes(24).toString('base64url').replace(/[-_]/g, '');
  return `${prefix}_${text.slice(0, 22)}`;
}
