import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config';
import type { OutboxEntry } from '../activities/outbox';
import { cancel, decide, state as stateQuery } from './messages';
import {
  addressed,
  level,
  scheduledOf,
  snapshot,
  startApproval,
  startEngine,
  voteOf,
  type ApprovalHandle,
  type Engine,
  type PersonOptions,
} from '../tests/support/engine';
import { startSlack, type Slack } from '../tests/support/slack';
import { startSmtp, type Smtp } from '../tests/support/smtp';
import { startTwilio, type Twilio } from '../tests/support/twilio';

const MINUTE_MS = 60_000;

describe('messages', () => {
  let smtp: Smtp;
  let slack: Slack;
  let twilio: Twilio;
  let engine: Engine;
  beforeAll(async () => {
    [smtp, slack, twilio] = await Promise.all([startSmtp(), startSlack(), startTwilio()]);
    const config: Partial<Config> = {
      mail: { smtpUrl: smtp.url, from: 'AgentWarden <warden@acme.example>' },
      slack: { botToken: slack.token, apiUrl: slack.url },
      twilio: { accountSid: twilio.accountSid, authToken: twilio.authToken, from: '+15550100', apiUrl: twilio.url },
    };
    engine = await startEngine(config);
  }, 60_000);
  beforeEach(() => {
    smtp.behave(() => undefined);
    slack.behave(() => undefined);
    twilio.behave(() => undefined);
  });
  afterAll(async () => {
    await engine.close();
    await Promise.all([smtp.close(), slack.close(), twilio.close()]);
  }, 60_000);

  const deliveries = (id: string) =>
    engine.db
      .selectFrom('deliveries')
      .select(['kind', 'person', 'channel', 'status', 'attempts', 'error', 'provider_ref'])
      .where('approval_id', '=', id)
      .orderBy('created_at')
      .orderBy('id')
      .execute();

  let count = 0;
  /** A request of one person with a role of their own. */
  async function ask(options: PersonOptions, fields: Parameters<typeof level>[1] = {}) {
    const role = `asked-${++count}`;
    const person = await engine.person(role, { ...options, roles: [role] });
    const handle = await engine.start(
      snapshot({ levels: [level('team', { paths: [{ approvers: [`role:${role}`], approve: 1 }], ...fields })] }),
    );
    return { person, handle };
  }

  async function settled(handle: ApprovalHandle): Promise<Awaited<ReturnType<typeof deliveries>>> {
    for (;;) {
      const rows = await deliveries(handle.workflowId);
      if (rows.length > 0 && rows.every(({ status }) => status !== 'queued')) return rows;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  async function end(handle: ApprovalHandle): Promise<void> {
    const wish = {
      by: { type: 'agent' as const, id: 'bot' },
      reason_code: 'requester_cancelled' as const,
      reason: null,
      ip: null,
      channel: null,
    };
    await handle.executeUpdate(cancel, { args: [addressed(handle, wish)] });
    await handle.result();
  }

  test('go to the next channel of a person when one fails, and each failure is recorded', async () => {
    smtp.behave(({ phase }) => (phase === 'rcpt' ? { code: 550, message: 'unknown' } : undefined));
    twilio.behave(() => ({ status: 400, code: 21610, message: 'opted out' }));
    const { handle, person } = await ask({
      channels: ['email', 'sms', 'slack'],
      phone: '+447700900001',
      slack: 'U0001',
    });
    const rows = await settledBy(handle, 3);
    expect(rows).toEqual([
      expect.objectContaining({ channel: 'email', status: 'failed', error: 'smtp_550', attempts: 1 }),
      expect.objectContaining({ channel: 'sms', status: 'failed', error: 'sms_opted_out', attempts: 1 }),
      expect.objectContaining({ channel: 'slack', status: 'sent', error: null, person: person.id }),
    ]);
    expect(slack.messages().at(-1)).toMatchObject({ channel: 'U0001' });
    smtp.behave(() => undefined);
    await end(handle);
  });

  /** Waits until there are `rows` deliveries and none is queued, and returns them. */
  async function settledBy(handle: ApprovalHandle, rows: number) {
    for (;;) {
      const found = await settled(handle);
      if (found.length >= rows) return found;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  test('that fail on every channel make the level unreachable: it escalates, with a warning', async () => {
    smtp.behave(({ address }) => (address?.startsWith('asked-') ? { code: 550, message: 'unknown' } : undefined));
    const boss = await engine.person('boss', { roles: ['boss'] });
    const { handle } = await ask(
      { channels: ['email'] },
      { timing: { on_expire: 'expire', escalate: [{ after: '4h', add: ['role:boss'] }] } },
    );
    await smtp.waitFor((mail) => JSON.stringify(mail.to).includes(boss.email));
    const state = await engine.projected(handle.workflowId, ({ warnings }) => warnings.includes('delivery_failed'));
    expect(state.levels[0]).toMatchObject({ status: 'open', escalations_done: [0] });
    const audited = await engine.db
      .selectFrom('audit')
      .select('type')
      .where('approval_id', '=', handle.workflowId)
      .orderBy('seq')
      .execute();
    expect(audited.map(({ type }) => type)).toEqual([
      'approval.requested',
      'approval.unreachable',
      'approval.escalated',
    ]);
    await handle.executeUpdate(decide, { args: [addressed(handle, voteOf(boss))] });
    await handle.result();
  });

  test('that reached somebody in an earlier run keep the level reachable when later ones fail', async () => {
    smtp.behave(({ address }) => (address?.startsWith('lost@') ? { code: 550, message: 'unknown' } : undefined));
    for (const name of ['known', 'lost']) await engine.person(name, { roles: [name] });
    const timing = { on_expire: 'expire' as const, escalate: [{ after: '4h', add: ['role:lost'] }] };
    const request = snapshot({
      levels: [level('team', { paths: [{ approvers: ['role:known'], approve: 1 }], timing })],
    });
    const first = await engine.start(request);
    await settled(first);
    const state = await first.query(stateQuery);
    await first.terminate();
    state.levels[0]!.instants!.escalations[0]!.at_ms = Date.now();
    // Starts a run with the input of continue-as-new.
    const handle = await startApproval(engine.client, engine.config, { snapshot: request, state, reached: ['team'] });
    expect((await settledBy(handle, 2)).map(({ kind, status }) => [kind, status])).toEqual([
      ['request', 'sent'],
      ['escalation', 'failed'],
    ]);
    await end(handle);
    expect((await engine.projected(handle.workflowId, ({ status }) => status === 'cancelled')).warnings).toEqual([]);
  });

  test('that nobody receives alert the admins', async () => {
    const root = await engine.person('root', { roles: ['admin'] });
    const { handle } = await ask({ channels: ['sms'] });
    const mail = await smtp.waitFor((candidate) => JSON.stringify(candidate.to).includes(root.email));
    expect(mail.text).toContain(`/approvals/${handle.workflowId}`);
    expect(mail.text).not.toContain('/r/');
    expect(await settled(handle)).toEqual([
      expect.objectContaining({ kind: 'alert', person: root.id, status: 'sent' }),
    ]);
    await end(handle);
  });

  test('are retried after temporary failures, with growing delays', async () => {
    let refusals = 0;
    smtp.behave(({ phase }) => (phase === 'rcpt' && refusals++ === 0 ? { code: 451, message: 'later' } : undefined));
    const { handle, person } = await ask({ channels: ['email'] });
    await smtp.waitFor((mail) => JSON.stringify(mail.to).includes(person.email));
    expect(await settled(handle)).toEqual([expect.objectContaining({ status: 'sent', attempts: 2, error: null })]);
    await end(handle);
  }, 30_000);

  test('whose server went away after the whole email was sent are sent again under the same Message-ID', async () => {
    let cuts = 0;
    const taken = smtp.messages().length;
    smtp.behave(({ phase }) => (phase === 'data' && cuts++ === 0 ? 'cut' : undefined));
    const { handle, person } = await ask({ channels: ['email'] });
    const mail = await smtp.waitFor((candidate) => JSON.stringify(candidate.to).includes(person.email));
    const [row, ...others] = await settled(handle);
    expect([row, others]).toEqual([expect.objectContaining({ status: 'sent', attempts: 2, error: null }), []]);
    const { id } = await engine.db
      .selectFrom('deliveries')
      .select('id')
      .where('approval_id', '=', handle.workflowId)
      .executeTakeFirstOrThrow();
    expect(mail.messageId).toBe(`<${id}@acme.example>`);
    expect([cuts, smtp.messages().length - taken]).toEqual([2, 1]);
    smtp.behave(() => undefined);
    await end(handle);
  }, 30_000);

  test('that still wait when the approval is decided are not sent', async () => {
    smtp.behave(({ phase }) => (phase === 'rcpt' ? { code: 451, message: 'later' } : undefined));
    const { handle } = await ask({ channels: ['email', 'sms'] });
    await engine.projected(handle.workflowId, ({ version }) => version === 1);
    const before = smtp.messages().length;
    await end(handle);
    // The message was not needed, so there is no warning, and no other channel is tried.
    expect(await engine.projected(handle.workflowId, () => true)).toMatchObject({ warnings: [] });
    const rows = await deliveries(handle.workflowId);
    expect(rows.map(({ kind, status, error }) => [kind, status, error])).toEqual([
      ['request', 'failed', 'no_longer_needed'],
      ['outcome', 'failed', 'no_longer_needed'],
    ]);
    expect(smtp.messages()).toHaveLength(before);
  }, 30_000);

  test('to a shared channel link to the page that requires a login, not to a personal link', async () => {
    const { handle } = await ask({ channels: ['email'] }, { notify: ['slack:#refunds'] });
    await settled(handle);
    const posted = slack.messages().at(-1)!;
    expect(posted.channel).toBe('#refunds');
    expect(JSON.stringify(posted)).toContain(`https://warden.example/approvals/${handle.workflowId}`);
    expect(JSON.stringify(posted)).not.toContain('/r/');
    await end(handle);
    expect(slack.messages().at(-1)).toMatchObject({ channel: '#refunds', thread_ts: expect.any(String) as string });
  });

  test('do not wait for a slow channel of another person', async () => {
    smtp.behave(({ phase }) => (phase === 'rcpt' ? 'stall' : undefined));
    const { handle } = await ask({ channels: ['email', 'slack'], slack: 'U0009' }, { notify: ['email', 'slack'] });
    while (!slack.messages().some(({ channel }) => channel === 'U0009'))
      await new Promise((resolve) => setTimeout(resolve, 25));
    const mail = (await deliveries(handle.workflowId)).find(({ channel }) => channel === 'email');
    expect(mail).toMatchObject({ status: 'queued', error: null }); // its first attempt is under way still
    smtp.behave(() => undefined);
    await handle.terminate();
  }, 30_000);

  test('go by email in quiet hours, if the person has email', async () => {
    const hour = new Date().getUTCHours();
    const at = (offset: number) => `${String((hour + offset + 24) % 24).padStart(2, '0')}:00`;
    const quiet_hours = { from: at(-1), to: at(2) };
    const { handle, person } = await ask({ channels: ['sms', 'email'], phone: '+447700900002', quiet_hours });
    await smtp.waitFor((mail) => JSON.stringify(mail.to).includes(person.email));
    expect(twilio.messages().filter(({ to }) => to === '+447700900002')).toEqual([]);
    await end(handle);
  });

  test('wait in their channel’s own queue, so that a hanging server delays neither votes nor other channels', async () => {
    const { handle } = await ask(
      { channels: [], phone: '+447700900003', slack: 'U0003' },
      { notify: ['email', 'sms', 'slack', 'slack:#ops'] },
    );
    await settledBy(handle, 4);
    const { taskQueue } = engine.config.temporal;
    const queues = (await scheduledOf(handle)).map(
      ({ activityType, taskQueue: queue }) => `${activityType!.name} ${queue!.name}`,
    );
    const carried = ['email', 'slack', 'slack', 'sms'].map((carrier) => `notify ${taskQueue}-${carrier}`);
    expect(queues.sort()).toEqual([...carried, `record ${taskQueue}`].sort());
    await end(handle);
  });

  test('leave no link, address or comment in the history (T6, T44)', async () => {
    const { handle, person } = await ask({ channels: ['email'] });
    const mail = await smtp.waitFor((candidate) => JSON.stringify(candidate.to).includes(person.email));
    const token = /\/r\/(\S+)/.exec(mail.text!)![1]!;
    await handle.executeUpdate(decide, {
      args: [addressed(handle, voteOf(person, { comment: 'a very private remark' }))],
    });
    await handle.result();
    const history = JSON.stringify(await handle.fetchHistory());
    const raw = Buffer.from(history).toString() + everyBase64(history);
    for (const secret of [token, person.email, 'a very private remark', 'v2.1.0']) expect(raw).not.toContain(secret);
    const rows = JSON.stringify(await engine.db.selectFrom('deliveries').selectAll().execute());
    expect(rows).not.toContain(token);
  });
});

/** Decodes every part of the text that looks like base64. */
const everyBase64 = (text: string): string =>
  (text.match(/[A-Za-z0-9+/=]{16,}/g) ?? []).map((part) => Buffer.from(part, 'base64').toString('latin1')).join('\n');

describe('without configured channels', () => {
  test(
    'messages are written to the outbox, for this user only',
    async () => {
      const outboxDir = await mkdtemp(join(tmpdir(), 'agentwarden-outbox-'));
      const engine = await startEngine({ outboxDir });
      try {
        const ana = await engine.person('ana', { roles: ['lead'] });
        const handle = await engine.start(
          snapshot({ levels: [level('team', { paths: [{ approvers: ['role:lead'], approve: 1 }] })] }),
        );
        await engine.projected(handle.workflowId, ({ version }) => version === 1);
        // A file that is still being written does not end in `.json`.
        const written = async () => (await readdir(outboxDir)).find((each) => each.endsWith('.json'));
        while (!(await written())) await new Promise((resolve) => setTimeout(resolve, 25));
        const name = await written();
        const entry = JSON.parse(await readFile(join(outboxDir, name!), 'utf8')) as OutboxEntry;
        expect(entry).toMatchObject({
          to: ana.email,
          channel: 'email',
          subject: expect.stringContaining('deploy.production') as string,
        });
        expect(entry.text).toContain('https://warden.example/r/');
        expect(((await stat(join(outboxDir, name!))).mode & 0o777).toString(8)).toBe('600');
        await handle.executeUpdate(decide, { args: [addressed(handle, voteOf(ana))] });
        await handle.result();
      } finally {
        await engine.close();
        await rm(outboxDir, { recursive: true });
      }
    },
    MINUTE_MS,
  );

  test(
    'and without an outbox, they fail in a way that is seen',
    async () => {
      const engine = await startEngine();
      try {
        await engine.person('ana', { roles: ['lead'] });
        const handle = await engine.start(
          snapshot({ levels: [level('team', { paths: [{ approvers: ['role:lead'], approve: 1 }] })] }),
        );
        await engine.projected(handle.workflowId, ({ warnings }) => warnings.includes('delivery_failed'));
        const row = await engine.db
          .selectFrom('deliveries')
          .selectAll()
          .where('kind', '=', 'request')
          .executeTakeFirstOrThrow();
        expect(row).toMatchObject({ status: 'failed', error: 'channel_not_configured' });
        await handle.terminate();
      } finally {
        await engine.close();
      }
    },
    MINUTE_MS,
  );
});
