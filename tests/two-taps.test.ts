/** Two taps at the same place decide nothing at high risk, on any page and with any button (T3). */
import type { Browser, Page } from 'playwright-core';
import { createLinkToken } from '../encryption/link-token';
import { startStage, type ApiStage } from './support/api';
import { describeWithBrowser, launchBrowser, PHONE } from './support/browser';

const POLICY = `
version: 1
rules: [{ id: high, action: high.*, effect: require_approval, flow: one, risk: high }]
flows:
  one: { levels: [{ name: team, approvers: ["role:admin"], approve: 1 }] }
`;

describeWithBrowser('two taps on a phone', () => {
  let stage: ApiStage, browser: Browser;
  beforeAll(async () => {
    [stage, browser] = await Promise.all([startStage(), launchBrowser()]);
    await stage.publish(POLICY);
  }, 60_000);
  afterAll(() => Promise.all([browser?.close(), stage?.close()]));

  const ask = async () => (await stage.agent('/sdk/check', { agent_id: 'support-bot', action: 'high.pay' })).json;
  const stands = async (id: string) => (await stage.agent(`/sdk/approvals/${id}`)).json;

  async function behindALink(page: Page, { approval_id, digest }: { approval_id: string; digest: string }) {
    const grant = { approval_id, person: stage.admin.id, level: 'team', digest, channel: 'email' } as const;
    const token = createLinkToken(stage.api.deps.rings.link, { ...grant, expires_at_ms: Date.now() + 3_600_000 });
    await page.goto(`${stage.api.url}/r/${token}`);
  }

  async function signedIn(page: Page, { approval_id }: { approval_id: string }) {
    await page.setExtraHTTPHeaders({ authorization: `Bearer ${stage.adminToken}` });
    await page.goto(`${stage.api.url}/approvals/${approval_id}`);
  }

  async function firstTap(page: Page, name: string): Promise<[number, number]> {
    const button = page.getByRole('button', { name, exact: true });
    await button.scrollIntoViewIfNeeded();
    const box = (await button.boundingBox())!;
    const place: [number, number] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.touchscreen.tap(...place);
    await page.getByText('Nothing has been decided yet.').waitFor();
    return place;
  }

  describe.each([
    ['behind a link', behindALink],
    ['signed in', signedIn],
  ])('%s', (_, open) => {
    async function onScreen(width: number) {
      const asked = await ask();
      const context = await browser.newContext({ ...PHONE, viewport: { width, height: 844 } });
      const page = await context.newPage();
      await open(page, asked);
      return { page, asked };
    }

    test.each([
      ['Approve', 'approve'],
      ['Deny', 'deny'],
    ])('%s, tapped twice at the same place, goes to the second step and back', async (name, decision) => {
      const { page, asked } = await onScreen(390);
      const place = await firstTap(page, name);
      await page.touchscreen.tap(...place);
      await page.getByRole('button', { name, exact: true }).waitFor();
      expect(await stands(asked.approval_id)).toMatchObject({ status: 'pending', votes: [] });
      await firstTap(page, name);
      await page.getByRole('button', { name: `Yes, ${decision}` }).tap();
      await page.locator('.note.result').waitFor();
      expect((await stands(asked.approval_id)).votes).toMatchObject([{ decision }]);
      await page.context().close();
    });

    test.each([
      ['Approve', 'approve', 1280],
      ['Deny', 'deny', 1280],
      ['Not me', 'pass', 1280],
      ['Not me', 'pass', 390],
    ])('%s does not overlap Yes, %s, at %d px', async (name, decision, width) => {
      const { page } = await onScreen(width);
      const [x, y] = await firstTap(page, name);
      const box = (await page.getByRole('button', { name: `Yes, ${decision}` }).boundingBox())!;
      expect(x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height).toBe(false);
      await page.context().close();
    });
  });
});
