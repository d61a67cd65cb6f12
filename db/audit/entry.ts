/**
 * One entry of the audit: which part is hashed, which texts are erasable, and how a reader gets both back together.
 * docs/concepts/audit.md describes the same for people who verify an export.
 */
import { hash, randomUUID } from 'node:crypto';
import { canonical } from '../../domain/digest';
import { ADDRESS_FIELDS, type Channel, type Json, type JsonObject } from '../../domain/approval';
import { newId } from '../ids';

/** The `prev` of the first entry. */
export const GENESIS = '0'.repeat(64);

export interface AuditActor {
  type: 'user' | 'agent' | 'system';
  id: string;
  name?: string | null;
  email?: string | null;
}

/** The content of an entry. Absent and null fields are left out of it, except `channel` and `ip`. */
export interface AuditInput {
  /** A new id when absent. Appending an id twice fails. */
  id?: string;
  /** When it happened; now when absent. */
  at_ms?: number;
  type: string;
  actor: AuditActor;
  channel?: Channel | null;
  ip?: string | null;
  approval_id?: string | null;
  agent_id?: string | null;
  action?: string | null;
  level?: string | null;
  vote_id?: string | null;
  decision?: string | null;
  comment?: string | null;
  assurance?: string | null;
  digest?: string | null;
  policy_version?: number | null;
  reason_code?: string | null;
  data?: JsonObject | null;
}

/** Readers never find null in these fields: fields without a value are left out. */
type Stored<T> = { [Field in keyof T]: Exclude<T[Field], null> };

/** An entry as readers get it. Texts that are not erased are in their places, and their salts in `sealed`. */
export interface AuditEntry extends Stored<Omit<AuditInput, 'at_ms' | 'actor' | 'channel' | 'ip'>> {
  id: string;
  seq: number;
  /** RFC 3339, UTC. */
  at: string;
  actor: Stored<AuditActor>;
  channel: Channel | null;
  ip: string | null;
  sealed?: Record<string, { salt?: string; sha256: string }>;
  prev: string;
  hash: string;
}

/** An erasable text. The entry holds only its salted hash; the text is stored beside it. */
export interface SealedText {
  path: string;
  /** 32 hexadecimal characters. */
  salt: string;
  /** Canonical JSON. */
  value: string;
}

/** An entry without its place in the chain. */
export interface Prepared {
  id: string;
  at: string;
  /** The entry to hash, without `seq` and `prev`. */
  body: JsonObject;
  texts: SealedText[];
}

/** Fields with a person's words, addresses or business data, at any depth in `data`. */
// prettier-ignore
const ERASABLE = new Set([
  'comment', 'reason', 'ip', 'ip_address', 'user_agent', 'context', 'display', 'metadata', 'requester', 'on_behalf_of',
  'excluded', 'email', 'phone', ...Object.keys(ADDRESS_FIELDS), 'to', 'return_to', 'votes',
]);

const sha256 = (text: string): string => hash('sha256', text, 'hex');

export const hashText = (salt: string, value: string): string => sha256(salt + value);
export const hashEntry = (entry: string): string => sha256(entry);

export function prepare(input: AuditInput, now_ms: number): Prepared {
  const { id = newId('evt'), at_ms = now_ms, actor, data, ...rest } = input;
  const at = new Date(at_ms).toISOString();
  const whole: JsonObject = {
    ...present(rest),
    id,
    at,
    actor: present(actor),
    channel: rest.channel ?? null,
    ip: rest.ip ?? null,
  };
  if (data) whole.data = data;
  const texts: SealedText[] = [];
  const body = withoutTexts(whole, '', texts);
  if (texts.length > 0) {
    body.sealed = Object.fromEntries(texts.map(({ path, salt, value }) => [path, { sha256: hashText(salt, value) }]));
  }
  return { id, at, body, texts };
}

/** Gives an entry its place. Returns the bytes to store, and their hash. */
export function place(body: JsonObject, seq: number, prev: string): { text: string; hash: string } {
  const text = canonical({ ...body, seq, prev });
  return { text, hash: hashEntry(text) };
}

/** Puts the texts back into an entry. Erased texts and their salts stay absent; an erased `ip` is null. */
export function assemble(stored: JsonObject, hash: string, texts: SealedText[]): AuditEntry {
  const entry = { ...structuredClone(stored), hash } as unknown as AuditEntry & JsonObject;
  for (const { path, salt, value } of texts) {
    const sealed = entry.sealed?.[path];
    if (!sealed) continue;
    sealed.salt = salt;
    putAt(entry, path.split('.'), JSON.parse(value) as Json);
  }
  entry.ip ??= null;
  return entry;
}

function putAt(root: JsonObject, path: string[], value: Json): void {
  const last = path.pop();
  let place: Json = root;
  for (const key of path) {
    if (place === null || typeof place !== 'object' || !Object.hasOwn(place, key)) return;
    place = (place as JsonObject)[key] as Json;
  }
  if (last !== undefined && place !== null && typeof place === 'object') (place as JsonObject)[last] = value;
}

/** 122 random bits as 32 hexadecimal characters. `randomUUID` is the fastest source: Node draws random bytes for it in bulk. */
const newSalt = (): string => randomUUID().replaceAll('-', '');

function present(fields: object): JsonObject {
  const kept: JsonObject = {};
  for (const [key, value] of Object.entries(fields))
    if (value !== undefined && value !== null) kept[key] = value as Json;
  return kept;
}

/** Copies an object without its erasable fields, and adds those to `texts` under their dotted paths. */
function withoutTexts(object: JsonObject, prefix: string, texts: SealedText[]): JsonObject {
  const kept: JsonObject = {};
  const person = isPerson(object);
  for (const [key, value] of Object.entries(object)) {
    if (value === undefined) continue;
    const path = prefix + key;
    const erasable = value !== null && (ERASABLE.has(key) || (person && key === 'name') || hidesAddress(value));
    if (erasable) texts.push({ path, salt: newSalt(), value: canonical(value) });
    else kept[key] = inner(value, path, texts);
  }
  return kept;
}

function inner(value: Json, path: string, texts: SealedText[]): Json {
  if (Array.isArray(value)) return value.map((item, index) => inner(item, `${path}.${index}`, texts));
  return value !== null && typeof value === 'object' ? withoutTexts(value, `${path}.`, texts) : value;
}

const isPerson = ({ type, id, emails }: JsonObject): boolean =>
  type === 'user' || Array.isArray(emails) || (typeof id === 'string' && id.startsWith('usr_'));

/**
 * Whether an address would remain after the erasable fields are taken out: in the string itself, as an item of the array,
 * or in a key of the object. Also true for an object with a key that a dotted path cannot name.
 */
function hidesAddress(value: Json): boolean {
  if (typeof value === 'string') return isAddress(value);
  if (value === null || typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.some(hidesAddress);
  return Object.keys(value).some((key) => key === '' || key === '__proto__' || key.includes('.') || isAddress(key));
}

const isAddress = (text: string): boolean =>
  text.includes('@') || /^\+\d{7,15}$/.test(text) || /^\d{1,3}(\.\d{1,3}){3}$/.test(text);
