/** Pages and emails in a real browser, on a phone and on a desktop, in light and dark mode. */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import type { JsonObject } from '../domain/approval';
import { renderApprovalList, renderApprovalPage } from '../rendering/pages/approvals';
import { renderLoginLinkPage, renderLoginRequestPage, renderMessagePage } from '../rendering/pages/login';
import { renderMail } from '../rendering/mail/mail';
import { renderOutboxPage } from '../rendering/pages/outbox';
import { renderReference } from '../rendering/pages/reference';
import { renderConfirmPage, renderOutcomePage, renderResultPage, renderReviewPage } from '../rendering/pages/review';
import { describeWithBrowser, launchBrowser } from './support/browser';
import { ANA, levelState, NOW_MS, view, vote } from './support/sample-approval';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const FORM = { action_url: '/r/v/lnk', nonce: 'n' };
const MANY: JsonObject = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`key_${i}`, `value ${i}`]));
const HOSTILE: JsonObject = {
  script:
    '<script>document.title="owned"</script><img src="https://evil.example/x.png" onerror="document.title=\'owned\'">',
  breakout: '</dd></dl></main></body><form action="https://evil.example"><button>Approve</button></form>',
  style: '"><style>body{display:none}</style>',
  long: 'w'.repeat(600),
  ['k'.repeat(200)]: '\u202egpj.exe',
  nested: { a: { b: { c: { d: { e: { f: { g: 'deep' } } } } } } },
};
const ENDED = {
  status: 'denied',
  reason_code: 'veto',
  decided_by: 'usr_ben',
  decided_at_ms: NOW_MS,
  comment: 'Not today.',
} as const;
const ended = view({
  state: {
    ...ENDED,
    levels: [levelState({ status: 'denied' })],
    votes: [vote({ decision: 'deny', comment: 'Not today.' })],
  },
});
const says = { display: { summary: 'Perfectly harmless.' } };
const ITEM = {
  url: '/approvals/apr_1',
  agent: 'devops-bot',
  action: 'deploy.production',
  context: { amount: 500, currency: 'EUR', target: 'a'.repeat(60) },
  risk: 'critical',
  status: 'pending',
  created_at_ms: NOW_MS,
  until_ms: NOW_MS + 60_000,
  level: 'platform',
} as const;

const PAGES: Record<string, string> = {
  review: renderReviewPage(view({ snapshot: says, state: { votes: [vote()] } }), FORM),
  folded: renderReviewPage(view({ snapshot: { context: MANY } }), FORM),
  hostile: renderReviewPage(view({ snapshot: { context: HOSTILE, risk: 'critical' } }), {
    ...FORM,
    error: 'A comment is needed.',
  }),
  confirm: renderConfirmPage(view({ snapshot: { risk: 'high' } }), { ...FORM, decision: 'deny' }),
  result: renderResultPage(view({ state: { votes: [vote({ voter: ANA.id })] } }), {
    decision: 'approve',
    at_ms: NOW_MS,
    change_url: '/r/v/lnk',
  }),
  outcome: renderOutcomePage(ended),
  approval: renderApprovalPage(view(), { ...FORM, levels: ['a', 'b'], cancel_url: '/c' }),
  list: renderApprovalList([ITEM, { ...ITEM, risk: 'low' }], {
    reviewer: ANA,
    now_ms: NOW_MS,
    next: '/n',
    sign_out: { action_url: '/o', nonce: 'n' },
  }),
  login: renderLoginRequestPage({ action_url: '/login', error: 'No address was given.' }),
  loginLink: renderLoginLinkPage({ action_url: '/login/t' }),
  reference: renderReference(JSON.parse(readFileSync('docs/reference/openapi.json', 'utf8')), []),
  message: renderMessagePage({
    title: 'Not there',
    body: 'Nothing was changed.',
    status: 404,
    next: { label: 'Sign in', url: '/login' },
  }),
  outbox: renderOutboxPage(
    [{ id: 'd', at_ms: NOW_MS, channel: 'email', to: 'a@b', subject: 's', text: 'http://w.example/r/x' }],
    { now_ms: NOW_MS, timezone: 'UTC', public_url: 'http://w.example' },
  ),
  requestMail: renderMail(
    view({ snapshot: { context: HOSTILE, risk: 'high', ...says } }),
    'https://w.example/r/x',
    'request',
  ).html,
  outcomeMail: renderMail(ended, ended.url, 'outcome').html,
};

describeWithBrowser('pages and emails in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  async function open(markup: string, width = 390, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
    const page = await browser.newPage({ viewport: { width, height: 844 }, colorScheme });
    await page.setContent(markup);
    return page;
  }

  describe.each([
    [390, 'light'],
    [390, 'dark'],
    [1280, 'light'],
    [1280, 'dark'],
  ] as const)('at %d px in %s', (width, scheme) => {
    it.each(Object.keys(PAGES))(
      '%s passes the accessibility rules, fits the width and has large buttons',
      async (name) => {
        const page = await open(PAGES[name]!, width, scheme);
        await page.evaluate(AXE);
        const violations =
          await page.evaluate(`axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] })
      .then(({ violations }) => violations.map((one) => one.id + ' ' + one.nodes[0].html))`);
        expect(violations).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
        const heights = await page.evaluate(
          `[...document.querySelectorAll('button, a.button, summary, input, select, textarea')].filter((one) => one.offsetHeight > 0).map((one) => one.offsetHeight)`,
        );
        for (const height of heights as number[]) expect(height).toBeGreaterThanOrEqual(48);
        await page.close();
      },
    );
  });

  describe('the review page', () => {
    it('shows the exact context above the agent’s own words and the buttons', async () => {
      const page = await open(PAGES.review!, 1280);
      const top = async (text: string): Promise<number> =>
        (await page.getByText(text, { exact: true }).first().boundingBox())!.y;
      const tops = [
        await top('What will run'),
        await top('v2.1.0'),
        await top('The agent says'),
        await top('Perfectly harmless.'),
        await top('Approve'),
      ];
      expect(tops).toEqual([...tops].sort((a, b) => a - b));
      expect(await page.locator('.says').getByText('Nobody checked it').isVisible()).toBe(true);
      await page.close();
    });

    it('keeps the buttons at the bottom edge of a phone while scrolling, Deny left of Approve', async () => {
      const page = await open(PAGES.hostile!);
      for (const y of [0, 5_000]) {
        await page.mouse.wheel(0, y);
        const [deny, approve] = [
          (await page.locator('button.deny').boundingBox())!,
          (await page.locator('button.approve').boundingBox())!,
        ];
        expect(deny.x + deny.width).toBeLessThan(approve.x);
        expect(deny.y).toBe(approve.y);
        expect(approve.y + approve.height).toBeLessThanOrEqual(844);
        expect(approve.y).toBeGreaterThan(700);
      }
      await page.close();
    });

    it('cannot be approved before all of the context is unfolded, without any script', async () => {
      const context = await browser.newContext({ javaScriptEnabled: false });
      const page = await context.newPage();
      await page.setContent(PAGES.folded!);
      expect(await page.locator('button.approve').isVisible()).toBe(false);
      expect(await page.locator('button.deny').isVisible()).toBe(true);
      expect(await page.locator('.gate').isVisible()).toBe(true);
      await page.locator('summary').click();
      expect(await page.getByText('value 59', { exact: true }).isVisible()).toBe(true);
      expect(await page.locator('button.approve').isVisible()).toBe(true);
      expect(await page.locator('.gate').isVisible()).toBe(false);
      await context.close();
    });

    it('can be approved while only the agent’s own words are folded', async () => {
      const display = { story: 'Perfectly harmless. '.repeat(100) };
      const page = await open(renderReviewPage(view({ snapshot: { display } }), FORM));
      expect(await page.locator('.says details:not([open])').count()).toBe(1);
      expect(await page.locator('button.approve').isVisible()).toBe(true);
      expect(await page.locator('.gate').isVisible()).toBe(false);
      await page.close();
    });

    it('shows a long text at the width of the phone', async () => {
      const page = await open(renderReviewPage(view({ snapshot: { context: { note: 'word '.repeat(40) } } }), FORM));
      expect((await page.locator('.value').boundingBox())!.width).toBeGreaterThan(300);
      await page.close();
    });

    it.each(['review', 'hostile', 'outcome', 'list', 'outbox', 'requestMail', 'outcomeMail'])(
      'has no text below 16 px on a phone: %s',
      async (name) => {
        const page = await open(PAGES[name]!);
        const small = await page.evaluate(
          `[...document.querySelectorAll('body *')].filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) && one.offsetHeight > 0 && parseFloat(getComputedStyle(one).fontSize) < 16).map((one) => one.outerHTML)`,
        );
        expect(small).toEqual([]);
        await page.close();
      },
    );

    it('never runs, loads or hides what an agent wrote', async () => {
      const page = await browser.newPage();
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      for (const markup of [PAGES.hostile!, PAGES.requestMail!]) {
        await page.setContent(markup);
        expect(await page.title()).not.toBe('owned');
        expect(await page.getByText('document.title="owned"').isVisible()).toBe(true);
        expect(await page.locator('form[action*="evil"]').count()).toBe(0);
        expect(await page.getByText('deep', { exact: true }).isVisible()).toBe(true);
      }
      expect(asked).toEqual([]);
      await page.close();
    });
  });
});
