import { claim, CLAIM_MS, forgetOldAnswers, KEPT_DAYS, releaseClaim, storeAnswer } from './idempotency';
import { withDatabase } from '../tests/support/postgres';

describe('idempotency rows', () => {
  const { db } = withDatabase();

  const hash = (text: string) => Buffer.from(text.padEnd(32));
  const ask = (key: string, body = 'body', approval_id = `apr_${Math.random()}`) =>
    claim(db, { scope: 'check:bot', key, request_hash: hash(body), approval_id, policy_version: 1 });
  const age = (key: string, ms: number) =>
    db
      .updateTable('idempotency')
      .set({ claimed_at: new Date(Date.now() - ms) })
      .where('key', '=', key)
      .execute();

  test('are claimed by exactly one of many requests at once', async () => {
    const claims = await Promise.all(Array.from({ length: 30 }, (_, i) => ask('many', 'body', `apr_${i}`)));
    expect(claims.filter(({ ours }) => ours)).toHaveLength(1);
    expect(new Set(claims.map(({ approval_id }) => approval_id)).size).toBe(1);
    for (const { same_request, answer, taken_over } of claims)
      expect({ same_request, answer, taken_over }).toEqual({ same_request: true, answer: null, taken_over: false });
  });

  test('tell another request by its hash, and keep scopes apart', async () => {
    await ask('hash');
    expect(await ask('hash', 'other')).toMatchObject({ ours: false, same_request: false });
    expect(
      await claim(db, {
        scope: 'check:else',
        key: 'hash',
        request_hash: hash('x'),
        approval_id: 'apr_e',
        policy_version: 1,
      }),
    ).toMatchObject({ ours: true });
  });

  test('are taken over after ten seconds without an answer, with the same approval id', async () => {
    const first = await ask('crash');
    await age('crash', CLAIM_MS - 2_000);
    expect((await ask('crash')).ours).toBe(false);
    await age('crash', CLAIM_MS + 1_000);
    expect((await ask('crash', 'other')).ours).toBe(false);
    expect(await ask('crash')).toMatchObject({
      ours: true,
      taken_over: true,
      approval_id: first.approval_id,
      created_at_ms: first.created_at_ms,
    });
    expect((await ask('crash')).ours).toBe(false);
  });

  test('can be taken over at once after releaseClaim', async () => {
    await ask('release');
    await releaseClaim(db, 'check:bot', 'release');
    expect(await ask('release')).toMatchObject({ ours: true, taken_over: true });
  });

  test('keep the first answer, and are never claimed again', async () => {
    await ask('answer');
    expect(await storeAnswer(db, 'check:bot', 'answer', { n: 1, s: 'é' })).toEqual({ n: 1, s: 'é' });
    expect(await storeAnswer(db, 'check:bot', 'answer', { n: 2 })).toEqual({ n: 1, s: 'é' });
    await releaseClaim(db, 'check:bot', 'answer');
    await age('answer', CLAIM_MS * 10);
    expect(await ask('answer')).toMatchObject({ ours: false, answer: { n: 1, s: 'é' } });
  });

  test('are deleted after thirty days', async () => {
    await ask('old');
    await db
      .updateTable('idempotency')
      .set({ created_at: new Date(Date.now() - (KEPT_DAYS + 1) * 86_400_000) })
      .where('key', '=', 'old')
      .execute();
    expect(await forgetOldAnswers(db, new Date())).toBe(1);
    expect((await ask('old')).ours).toBe(true);
  });

  test('are all deleted, in several batches if need be', async () => {
    for (const key of ['a', 'b', 'c', 'd', 'e']) await ask(`many ${key}`);
    await ask('young');
    await db
      .updateTable('idempotency')
      .set({ created_at: new Date(0) })
      .where('key', 'like', 'many %')
      .execute();
    expect(await forgetOldAnswers(db, new Date(), 2)).toBe(5);
    expect((await ask('young')).ours).toBe(false);
  });
});
