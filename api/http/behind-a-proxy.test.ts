import { startStage, type ApiStage } from '../../tests/support/api';

const FORWARDED = { 'x-forwarded-for': '203.0.113.7, 198.51.100.4' };

describe.each([
  ['a proxy that is trusted', ['127.0.0.1', '198.51.100.0/24'], /^203\.0\.113\.7$/],
  ['only the nearest proxy trusted', ['127.0.0.1'], /^198\.51\.100\.4$/],
  ['nobody trusted', [], /127\.0\.0\.1$/],
])('with %s', (_, trustedProxies, ip) => {
  let stage: ApiStage;
  beforeAll(async () => {
    stage = await startStage({ trustedProxies });
  }, 60_000);
  afterAll(() => stage.close());

  test('the audit names the address that can be believed', async () => {
    await stage.agent('/sdk/check', { agent_id: 'support-bot', action: 'x' }, FORWARDED);
    const [entry] = (await stage.as(stage.adminToken, '/api/audit?type=check&limit=1')).json.items;
    expect(entry.ip).toMatch(ip);
  });
});
