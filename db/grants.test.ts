import { withDatabase } from '../tests/support/postgres';
import { lockGrant, markConsumed, markRevoked } from './grants';
import { inTransaction } from './pool';

const at = (ms: number): Date => new Date(ms);

describe('a grant', () => {
  const { db } = withDatabase();
  let made = 0;

  const grant = async (): Promise<string> => {
    const approval_id = `apr_${++made}`;
    await db
      .insertInto('grants')
      .values({ approval_id, digest: 'd', created_at: at(0), expires_at: at(10_000) })
      .execute();
    return approval_id;
  };

  test('exists once the approval is approved, and not before', async () => {
    expect(await inTransaction(db, (trx) => lockGrant(trx, 'apr_none'))).toBeNull();
    const id = await grant();
    expect(await inTransaction(db, (trx) => lockGrant(trx, id))).toEqual({
      approval_id: id,
      digest: 'd',
      expires_at_ms: 10_000,
      consumed_at_ms: null,
      use_id: null,
      revoked_at_ms: null,
    });
  });

  test('is consumed once, however many try', async () => {
    const id = await grant();
    const tries = await Promise.all(Array.from({ length: 20 }, (_, i) => markConsumed(db, id, `use ${i}`, at(5_000))));
    expect(tries.filter(Boolean)).toHaveLength(1);
  });

  test('is not consumed at or after its expiry', async () => {
    const id = await grant();
    expect(await markConsumed(db, id, 'use', at(10_000))).toBe(false);
    expect(await markConsumed(db, id, 'use', at(9_999))).toBe(true);
  });

  test('is either revoked or consumed', async () => {
    const [used, revoked] = [await grant(), await grant()];
    expect(await markConsumed(db, used, 'use', at(1))).toBe(true);
    expect(await markRevoked(db, used, 'usr_a', 'late', at(2))).toBe(false);
    expect(await markRevoked(db, revoked, 'usr_a', 'wrong', at(1))).toBe(true);
    expect(await markConsumed(db, revoked, 'use', at(2))).toBe(false);
    expect(await markRevoked(db, revoked, 'usr_b', 'again', at(3))).toBe(false);
    const row = await db.selectFrom('grants').selectAll().where('approval_id', '=', revoked).executeTakeFirstOrThrow();
    expect(row).toMatchObject({ revoked_by: 'usr_a', revoke_reason: 'wrong', consumed_at: null });
  });

  test('waits while another transaction holds its lock', async () => {
    const id = await grant();
    const order: string[] = [];
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    const first = inTransaction(db, async (trx) => {
      await lockGrant(trx, id);
      order.push('first holds');
      await held;
      order.push('first lets go');
    });
    while (order.length === 0) await db.selectNoFrom((eb) => eb.lit(1).as('one')).execute();
    const second = inTransaction(db, async (trx) => {
      await lockGrant(trx, id);
      order.push('second holds');
    });
    await db.selectNoFrom((eb) => eb.lit(1).as('one')).execute();
    release();
    await Promise.all([first, second]);
    expect(order).toEqual(['first holds', 'first lets go', 'second holds']);
  });
});
