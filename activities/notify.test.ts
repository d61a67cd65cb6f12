import { randomBytes } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/activity';
import { beginAttempt } from '../db/deliveries';
import { recordEvent } from '../db/projection/record';
import {
  advance,
  initialState,
  PERSONAL_CHANNELS,
  type Command,
  type ApprovalState,
  type Delivery,
  type Snapshot,
} from '../domain/approval';
import { purposeKey } from '../encryption/keys';
import { readLinkToken } from '../encryption/link-token';
import { addPerson, level, snapshot, voteOf, type Person } from '../tests/support/engine';
import { withDatabase } from '../tests/support/postgres';
import { DeliveryError, type Carriers, type Message } from './carrier';
import { notify, type NotifyInput } from './notify';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

describe('sending one message', () => {
  const { db } = withDatabase();
  let ana: Person;
  const ring = purposeKey([{ kid: 'k1', secret: randomBytes(32) }], 'link-token');
  beforeAll(async () => {
    ana = await addPerson(db, 'ana', { phone: '+447700900001' });
    await db.insertInto('agents').values({ id: 'bot', name: 'bot', created_by: 'test' }).execute();
  }, 60_000);

  let sent: Message[];
  let refusal: DeliveryError | null;
  beforeEach(() => {
    sent = [];
    refusal = null;
  });

  const carrier = {
    send: async (message: Message) => {
      if (refusal) throw refusal;
      sent.push(message);
      return `ref:${message.delivery_id}`;
    },
  };
  const carriers = Object.fromEntries(PERSONAL_CHANNELS.map((channel) => [channel, carrier])) as Carriers;
  const never = new Promise<never>(() => undefined);

  const send = (delivery: NotifyInput, stopped: Promise<never> = never) =>
    notify(
      {
        db,
        carriers,
        links: { publicUrl: 'https://warden.example', ring },
        log: { warn: () => undefined },
        now_ms: () => 5_000,
      },
      delivery,
      stopped,
    );

  /** A recorded approval, and its first request as the workflow would ask for it. */
  async function asked(
    channels: string[] = ['email'],
    ...more: Command[]
  ): Promise<{ request: Snapshot; delivery: NotifyInput; state: ApprovalState }> {
    const request = snapshot({ levels: [level('team', { paths: [{ approvers: ['role:admin'], approve: 1 }] })] });
    const facts = {
      members: { 'role:admin': [ana.id] },
      excluded: [],
      delegates: {},
      inactive: [],
      channels: { [ana.id]: channels },
      openings: { team: { expires_at_ms: null, reminders_ms: [], escalations: [] } },
    };
    let state = initialState(request);
    const sends: Delivery[] = [];
    for (const event of [{ type: 'opened' as const, at_ms: 1_000 }, ...more]) {
      const next = advance(request, state, event, facts);
      state = next.state;
      sends.push(...next.deliveries);
      await recordEvent(db, {
        approval_id: request.approval_id,
        event,
        happenings: next.events,
        sends: next.deliveries,
        state,
        snapshot: request,
      });
    }
    const { delivery_id, kind, level: name, person, channel, then } = sends[0]!;
    return {
      request,
      state,
      delivery: {
        approval_id: request.approval_id,
        delivery_id,
        kind,
        level: name,
        person,
        channel,
        further: then.length,
      },
    };
  }

  const row = (id: string) => db.selectFrom('deliveries').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

  const failureOf = async (work: Promise<unknown>): Promise<ApplicationFailure> => {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ApplicationFailure);
    return error as ApplicationFailure;
  };

  test('makes the link for this person, level and digest, the same on each attempt', async () => {
    const { request, delivery } = await asked();
    refusal = new DeliveryError('smtp_451', false);
    await failureOf(send(delivery));
    refusal = null;
    await send(delivery);
    const tokens = sent.map((message) => /\/r\/(\S+)/.exec(message.text)![1]!);
    expect(readLinkToken(ring, tokens[0]!)).toMatchObject({
      approval_id: request.approval_id,
      person: ana.id,
      level: 'team',
      digest: request.digest,
      channel: 'email',
      expires_at_ms: Math.floor(request.expires_at_ms / 1000) * 1000 + 30 * 24 * 60 * MINUTE_MS,
    });
    expect(await row(delivery.delivery_id)).toMatchObject({
      status: 'sent',
      attempts: 2,
      provider_ref: `ref:${delivery.delivery_id}`,
    });
    expect(JSON.stringify(await row(delivery.delivery_id))).not.toContain(tokens[0]);
  });

  test('that was sent before the worker died is not sent again', async () => {
    const { delivery } = await asked();
    expect(await send(delivery)).toBe('sent');
    expect(await send(delivery)).toBe('sent');
    expect(sent).toHaveLength(1);
  });

  test.each([
    ['the last channel for an hour and a half', ['email'], [5, 20, 60, 180, 300, 600, 900, 1500, 1800]],
    ['a channel that is not the last for ten minutes', ['email', 'sms'], [5, 20, 60, 180, 300]],
  ])('tries %s', async (_, channels, delays_s) => {
    const { delivery } = await asked(channels);
    refusal = new DeliveryError('smtp_unreachable', false);
    const seen: unknown[] = [];
    for (let n = 0; n < delays_s.length; n++) seen.push((await failureOf(send(delivery))).nextRetryDelay);
    expect(seen).toEqual(delays_s.map((seconds) => seconds * SECOND_MS));
    expect(await row(delivery.delivery_id)).toMatchObject({ status: 'queued', error: 'smtp_unreachable' });
    expect(await send(delivery)).toBe('failed');
    expect(await row(delivery.delivery_id)).toMatchObject({ status: 'failed', error: 'smtp_unreachable' });
  });

  test('waits as long as the provider asks, but not for ever', async () => {
    const { delivery } = await asked();
    refusal = new DeliveryError('slack_rate_limited', false, 90 * SECOND_MS);
    expect((await failureOf(send(delivery))).nextRetryDelay).toBe(90 * SECOND_MS);
    refusal = new DeliveryError('slack_rate_limited', false, 60 * MINUTE_MS);
    expect(await send(delivery)).toBe('failed');
  });

  test('that failed for good is not tried again, and its error names no address', async () => {
    const { delivery } = await asked();
    refusal = new DeliveryError('smtp_550', true);
    expect(await send(delivery)).toBe('failed');
    expect(await row(delivery.delivery_id)).toMatchObject({ status: 'failed', attempts: 1, error: 'smtp_550' });
    expect(await send(delivery)).toBe('failed');
  });

  test('to an inactive person, or on a channel without an address, fails at once', async () => {
    const { delivery } = await asked(['slack']);
    expect(await send(delivery)).toBe('failed');
    expect((await row(delivery.delivery_id)).error).toBe('no_address');
    const left = await addPerson(db, 'left');
    await db.updateTable('users').set({ active: false }).where('id', '=', left.id).execute();
    const other = await asked();
    expect(await send({ ...other.delivery, person: left.id })).toBe('failed');
    expect((await row(other.delivery.delivery_id)).error).toBe('person_inactive');
  });

  test('on a person’s next channel is a delivery of its own', async () => {
    const { delivery } = await asked();
    const next = { ...delivery, delivery_id: `${delivery.delivery_id}-2`, channel: 'sms', further: 0 };
    expect(await send(next)).toBe('sent');
    expect(sent).toEqual([expect.objectContaining({ channel: 'sms', to: '+447700900001' })]);
    expect(await row(next.delivery_id)).toMatchObject({
      kind: 'request',
      person: ana.id,
      channel: 'sms',
      status: 'sent',
    });
  });

  test('tells the outcome also to somebody whom only a second channel reached, with their own link', async () => {
    const { request, delivery } = await asked(['email', 'sms']);
    refusal = new DeliveryError('smtp_550', true);
    expect(await send({ ...delivery, further: 1 })).toBe('failed');
    refusal = null;
    const second = `${delivery.delivery_id}-2`;
    expect(await send({ ...delivery, delivery_id: second, channel: 'sms', further: 0 })).toBe('sent');
    const outcome = { ...delivery, delivery_id: `${second}-end`, kind: 'outcome' as const, level: null };
    expect(await send({ ...outcome, further: 1 })).toBe('sent');
    const token = /\/r\/(\S+)/.exec(sent[1]!.text)?.[1] ?? '';
    expect(readLinkToken(ring, token)).toMatchObject({
      approval_id: request.approval_id,
      person: ana.id,
      level: 'team',
      channel: 'email',
    });
  });

  test('about the outcome goes to nobody who never got the request', async () => {
    const { delivery } = await asked(['email', 'sms']);
    const outcome = { ...delivery, kind: 'outcome' as const, level: null };
    expect(await send({ ...outcome, delivery_id: `${delivery.delivery_id}-end`, further: 1 })).toBe('sent');
    expect(sent).toEqual([]);
  });

  test('to a delegate says whose seat it is, and to the absent person says nothing of it', async () => {
    const eve = await addPerson(db, 'eve', { roles: [] });
    const away = JSON.stringify({ until: new Date(3_600_000).toISOString(), delegate: eve.id });
    await db.updateTable('users').set({ away }).where('id', '=', ana.id).execute();
    const { delivery } = await asked();
    expect(await send(delivery)).toBe('sent');
    expect(await send({ ...delivery, delivery_id: `${delivery.delivery_id}-eve`, person: eve.id })).toBe('sent');
    await db.updateTable('users').set({ away: null }).where('id', '=', ana.id).execute();
    expect(sent.map(({ text }) => /You decide as .*/.exec(text)?.[0])).toEqual([
      'You decide as ana (ana@acme.example).',
      'You decide as eve (eve@acme.example), in place of ana, who is away.',
    ]);
  });

  test('that is no longer needed is not sent', async () => {
    const { delivery } = await asked(['email'], { type: 'vote', at_ms: 2_000, vote: voteOf(ana) });
    expect(await send(delivery)).toBe('sent');
    expect(sent).toEqual([]);
    expect(await row(delivery.delivery_id)).toMatchObject({ status: 'failed', error: 'no_longer_needed' });
  });

  test('that a dying worker may have sent is not sent again after the end, and its recipient gets the outcome', async () => {
    const { delivery } = await asked(['email'], { type: 'vote', at_ms: 2_000, vote: voteOf(ana) });
    const { further, delivery_id: id, ...attempt } = delivery;
    await beginAttempt(db, { ...attempt, id });
    expect(await send(delivery)).toBe('sent');
    expect(sent).toEqual([]);
    expect(await row(id)).toMatchObject({ status: 'failed', error: 'outcome_unknown', attempts: 2 });
    const outcome = { ...delivery, delivery_id: `${id}-end`, kind: 'outcome' as const, level: null };
    expect(await send({ ...outcome, further })).toBe('sent');
    expect(sent).toEqual([expect.objectContaining({ to: ana.email })]);
  });

  test('is abandoned when the worker stops, and sent by the next worker', async () => {
    const { delivery } = await asked();
    const slow: Carriers = { ...carriers, email: { send: () => never } };
    const stopping = notify(
      {
        db,
        carriers: slow,
        links: { publicUrl: 'https://warden.example', ring },
        log: { warn: () => undefined },
        now_ms: () => 5_000,
      },
      delivery,
      Promise.reject(new Error('worker stops')),
    );
    await expect(stopping).rejects.toThrow('worker stops');
    expect(await row(delivery.delivery_id)).toMatchObject({ status: 'queued' });
    expect(await send(delivery)).toBe('sent');
  });
});
