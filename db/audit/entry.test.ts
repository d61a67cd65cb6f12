import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { assemble, GENESIS, place, prepare, type AuditEntry, type AuditInput } from './entry';
import type { JsonObject } from '../../domain/approval';

/** A limit for busy machines; each test takes about a second. */
jest.setTimeout(60_000);

const told: AuditInput = { type: 'x', actor: { type: 'system', id: 'system' } };

/** The stored bytes and the erasable texts of an entry with this data. */
function split(input: Partial<AuditInput>): { stored: string; paths: string[]; entry: AuditEntry } {
  const prepared = prepare({ ...told, ...input }, 0);
  const { text, hash } = place(prepared.body, 1, GENESIS);
  const entry = assemble(JSON.parse(text) as JsonObject, hash, prepared.texts);
  return { stored: text, paths: prepared.texts.map(({ path }) => path).sort(), entry };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** docs/concepts/audit.md as a program: verifies an entry of an export. */
function checkLikeAReader(read: AuditEntry): void {
  const { hash, ...rest } = structuredClone(read) as AuditEntry & JsonObject;
  for (const [path, sealed] of Object.entries(rest.sealed ?? {})) {
    const keys = path.split('.');
    const last = keys.pop() as string;
    const parent = keys.reduce<JsonObject>((at, key) => at[key] as JsonObject, rest);
    if (sealed.salt !== undefined) expect(sha256(sealed.salt + canonicalize(parent[last]))).toBe(sealed.sha256);
    delete parent[last];
    delete sealed.salt;
  }
  expect(sha256(canonicalize(rest) as string)).toBe(hash);
}

test('the smallest entry has an id, a time, and a null channel and IP address', () => {
  const { entry, paths } = split({ approval_id: null, level: undefined, comment: null });
  expect(paths).toEqual([]);
  expect(entry).toEqual({
    ...told,
    id: expect.stringMatching(/^evt_/),
    at: '1970-01-01T00:00:00.000Z',
    channel: null,
    ip: null,
    seq: 1,
    prev: '0'.repeat(64),
    hash: expect.any(String),
  });
  checkLikeAReader(entry);
});

test('words, addresses and context are never in the hashed bytes, at any depth', () => {
  const { stored, paths, entry } = split({
    actor: { type: 'user', id: 'usr_ana', name: 'Ana SECRET', email: 'secret@acme.example' },
    ip: '203.0.113.66',
    comment: 'SECRET',
    data: {
      context: { note: 'SECRET' },
      display: { note: 'SECRET' },
      event: { type: 'vote', vote: { voter: 'usr_ana', comment: 'SECRET', ip: '203.0.113.66', decision: 'deny' } },
      snapshot: { requester: 'secret@acme.example', action: 'a.b', separation: { excluded: ['usr_SECRET'] } },
      facts: { members: { 'user:secret@acme.example': ['usr_ana'], 'role:x': [] } },
      state: { votes: [{ comment: 'SECRET' }], asked: [{ person: 'usr_ana' }, { reason: 'SECRET' }] },
      before: { id: 'usr_ana', name: 'Ana SECRET', timezone: 'UTC' },
      person: { emails: ['secret@acme.example'], name: 'Ana SECRET' },
      levels: [{ approvers: ['role:x', 'user:secret@acme.example'] }, { approvers: ['role:x'] }],
      nested: [['x', ['secret@acme.example']]],
      loose: ['+441234567890'],
      host: '203.0.113.66',
    },
  });
  expect(stored).not.toMatch(/secret|203\.0\.113|\+44/i);
  expect(paths).toEqual([
    'actor.email', 'actor.name', 'comment', 'data.before.name', 'data.context', 'data.display', 'data.event.vote.comment',
    'data.event.vote.ip', 'data.facts.members', 'data.host', 'data.levels.0.approvers', 'data.loose', 'data.nested',
    'data.person.emails', 'data.person.name', 'data.snapshot.requester', 'data.snapshot.separation.excluded',
    'data.state.asked.1.reason', 'data.state.votes', 'ip',
  ]); // prettier-ignore
  expect(JSON.parse(stored)).toMatchObject({
    data: { event: { vote: { voter: 'usr_ana', decision: 'deny' } }, levels: [{}, { approvers: ['role:x'] }] },
  });
  checkLikeAReader(entry);
});

test('any entry is read as it was appended, and verifies by the published rules', () => {
  const json = fc.jsonValue({ noUnicodeString: false, maxDepth: 4 });
  const key = fc.oneof(
    fc.constantFrom('comment', 'a.b', 'id', 'x@y', '', '__proto__', 'constructor', 'name', 'sealed'),
    fc.string(),
  );
  const data = fc.dictionary(key, fc.oneof(json, fc.array(fc.dictionary(key, json)), fc.dictionary(key, json)), {
    noNullPrototype: true,
  });
  fc.assert(
    fc.property(data, fc.option(fc.string()), (given, comment) => {
      // As strict JSON would have read it: no undefined, no minus zero, no own __proto__.
      const clean = JSON.parse(JSON.stringify(given)) as JsonObject;
      const { entry } = split({ data: clean, comment });
      expect(canonicalize(entry.data)).toBe(canonicalize(clean));
      expect(entry.comment ?? null).toBe(comment);
      checkLikeAReader(entry);
    }),
    { numRuns: 200 },
  );
});

test('two equal texts have different salts, so that nobody can tell that they are equal', () => {
  const { texts } = prepare({ ...told, comment: 'yes', ip: 'yes' }, 0);
  expect(texts[0]?.salt).toMatch(/^[0-9a-f]{32}$/);
  expect(texts[0]?.salt).not.toBe(texts[1]?.salt);
});

test('an entry whose texts were erased still verifies', () => {
  const prepared = prepare({ ...told, comment: 'yes', ip: '203.0.113.9', data: { context: { a: 1 } } }, 0);
  const { text, hash } = place(prepared.body, 1, GENESIS);
  const kept = prepared.texts.filter(({ path }) => path === 'data.context');
  const entry = assemble(JSON.parse(text) as JsonObject, hash, kept);
  expect(entry).toMatchObject({ ip: null, data: { context: { a: 1 } } });
  expect(entry).not.toHaveProperty('comment');
  expect(entry.sealed?.comment).toEqual({ sha256: expect.any(String) });
  checkLikeAReader(entry);
});

test('a text that the entry does not list is not shown', () => {
  const prepared = prepare(told, 0);
  const { text, hash } = place(prepared.body, 1, GENESIS);
  const forged = [{ path: 'comment', salt: '0'.repeat(32), value: '"I agree"' }];
  expect(assemble(JSON.parse(text) as JsonObject, hash, forged)).not.toHaveProperty('comment');
});
