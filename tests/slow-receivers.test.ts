/** Servers of others that take a connection and then say nothing (T39): what waits for them holds up nothing else. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startStage, type ApiStage } from './support/api';
import { until } from './support/product';
import { startSmtp, type Smtp } from './support/smtp';

/** More than one worker does at once unless it is told otherwise. */
const MANY = 120;

const POLICY = `
version: 1
rules:
  - { id: hooked, action: hooked.*, effect: require_approval, flow: hooked }
  - { id: mailed, action: mailed.*, effect: require_approval, flow: mailed }
flows:
  hooked: { levels: [{ name: team, approvers: [role:lead], approve: 1 }] }
  mailed: { levels: [{ name: crowd, approvers: [role:crowd, role:lead], approve: 1 }] }
`;

describe('a vote is answered', () => {
  let stage: ApiStage;
  let smtp: Smtp;
  let silent: Server;
  let lead: string;

  beforeAll(async () => {
    smtp = await startSmtp();
    smtp.behave(() => 'stall');
    silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    stage = await startStage({
      webhookAllowHosts: ['127.0.0.1'],
      mail: { smtpUrl: smtp.url, from: 'AgentWarden <warden@acme.example>' },
    });
    lead = (await stage.newPerson({ name: 'Lea', emails: ['lea@acme.example'], roles: ['lead'], channels: [] })).token;
    await stage.publish(POLICY);
  }, 60_000);
  afterAll(async () => {
    silent.closeAllConnections();
    silent.close();
    await smtp.close();
    await stage.close();
  }, 60_000);

  const ask = async (action: string): Promise<{ approval_id: string; digest: string }> =>
    (await stage.agent('/sdk/check', { agent_id: 'support-bot', action })).json;

  /** So many as can be are under way, and none has been answered. */
  const underWay = (approval_id: string) =>
    until('the first of them are under way', async () => {
      const { count } = await stage.engine.db
        .selectFrom('deliveries')
        .select(({ fn }) => fn.countAll<string>().as('count'))
        .where('approval_id', '=', approval_id)
        .where('attempts', '=', 1)
        .executeTakeFirstOrThrow();
      return Number(count) >= 90;
    });

  const vote = ({ approval_id, digest }: { approval_id: string; digest: string }) =>
    stage.as(lead, `/api/approvals/${approval_id}/votes`, { decision: 'approve', digest });

  test(`while ${MANY} webhooks wait for receivers that say nothing`, async () => {
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/hook`;
    for (let made = 0; made < MANY; made++)
      await stage.as(stage.adminToken, '/api/webhooks', { url, types: ['approval.requested'] });
    const asked = await ask('hooked.out');
    await underWay(asked.approval_id);
    expect(await vote(asked)).toMatchObject({ status: 200, json: { approval: { status: 'approved' } } });
  });

  test(`while ${MANY} mails wait for a server that says nothing`, async () => {
    for (let made = 0; made < MANY; made++)
      await stage.newPerson({ name: `P${made}`, emails: [`p${made}@acme.example`], roles: ['crowd'] });
    const asked = await ask('mailed.out');
    await underWay(asked.approval_id);
    expect(await vote(asked)).toMatchObject({ status: 200, json: { approval: { status: 'approved' } } });
  });
});
