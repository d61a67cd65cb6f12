import { cancel, decide } from './messages';
import { level, snapshot, startEngine, voteOf, type Engine } from '../tests/support/engine';
import { startSmtp, type Smtp } from '../tests/support/smtp';

describe('an approval', () => {
  let smtp: Smtp;
  let engine: Engine;
  beforeAll(async () => {
    smtp = await startSmtp();
    engine = await startEngine({ mail: { smtpUrl: smtp.url, from: 'AgentWarden <warden@acme.example>' } });
  }, 60_000);
  afterAll(async () => {
    await engine.close();
    await smtp.close();
  });

  test('asks by mail, takes the vote, and ends with a grant and an audit', async () => {
    const ana = await engine.person('ana', { roles: ['lead'] });
    const request = snapshot({ levels: [level('team', { paths: [{ approvers: ['role:lead'], approve: 1 }] })] });
    const handle = await engine.start(request);
    const mail = await smtp.waitFor((candidate) => JSON.stringify(candidate.to).includes(ana.email));
    expect(mail.text).toContain('https://warden.example/r/');
    const answer = await handle.executeUpdate(decide, { args: [voteOf(ana, { comment: 'fine' })] });
    expect(answer).toMatchObject({ status: 'approved', vote: { counted: true } });
    await handle.result();
    const state = await engine.projected(request.approval_id, ({ status }) => status === 'approved');
    expect(state).toMatchObject({ reason_code: 'quorum', decided_by: ana.id });
  }, 30_000);

  test('is cancelled by an update, and once more with the same answer', async () => {
    const request = snapshot({ levels: [level('admins')] });
    await engine.person('root');
    const handle = await engine.start(request);
    const wish = {
      by: { type: 'agent' as const, id: 'bot' },
      reason_code: 'requester_cancelled' as const,
      reason: null,
      ip: null,
      channel: 'api' as const,
    };
    expect(await handle.executeUpdate(cancel, { args: [wish] })).toMatchObject({ status: 'cancelled' });
    await handle.result();
  }, 30_000);
});
