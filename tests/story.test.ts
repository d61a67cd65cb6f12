/** The story of the README, from an agent's check to the audit, with a real mail server and a real browser. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import type { Browser } from 'playwright-core';
import { Webhook } from 'standardwebhooks';
import { describeWithBrowser, launchBrowser, PHONE } from './support/browser';
import { startProduct, until, type Product } from './support/product';
import { startReceiver, type Receiver } from './support/receiver';
import { startSmtp, type Smtp } from './support/smtp';

jest.setTimeout(120_000);

describeWithBrowser('the story of the README', () => {
  let smtp: Smtp, product: Product, receiver: Receiver, browser: Browser;

  beforeAll(async () => {
    smtp = await startSmtp();
    [product, receiver, browser] = await Promise.all([
      startProduct({ SMTP_URL: smtp.url }),
      startReceiver(),
      launchBrowser(),
    ]);
  });
  afterAll(async () => {
    await Promise.all([product?.stop(), receiver?.close(), browser?.close()]);
    await smtp?.close();
  });

  const linkIn = (text: string | undefined): string => {
    const line = text?.split('\n').find((each) => /^https?:\/\/\S+\/r\/\S+$/.test(each.trim()));
    if (!line) throw new Error(`no link on a line of its own in:\n${text}`);
    return line.trim();
  };

  test('an agent checks, an email arrives, a person approves on a phone, and agent and webhook get the outcome', async () => {
    const agent = product.info.agent_id;
    const context = { version: 'v2.1.0', environment: 'production', amount: 500 };
    expect(
      (
        await product.api('POST', `/agents/${agent}/permissions`, {
          action: 'deploy.production',
          requires_approval: true,
        })
      ).status,
    ).toBe(201);
    const endpoint = (await product.api('POST', '/webhooks', { url: receiver.url })).body;

    const check = (await product.sdk('POST', '/check', { agent_id: agent, action: 'deploy.production', context })).body;
    expect(check).toMatchObject({
      decision: 'require_approval',
      allowed: false,
      requires_approval: true,
      status: 'pending',
    });

    const mail = await smtp.waitFor((each) => !!each.subject?.includes('deploy.production'));
    expect(mail.subject).toMatch(/^Approve\? deploy\.production · /);
    const phone = await browser.newContext(PHONE);
    const page = await phone.newPage();
    await page.goto(linkIn(mail.text));
    expect(page.url()).toMatch(/\/r\/v\/[^/]+$/);
    const shown = await page.textContent('body');
    for (const part of [
      'deploy.production',
      'v2.1.0',
      'environment',
      'You decide as',
      'admin@acme.example',
      check.digest.slice(0, 11),
    ])
      expect(shown).toContain(part);
    expect(await page.evaluate(() => (globalThis as any).document.documentElement.scrollWidth)).toBeLessThanOrEqual(
      390,
    );

    const waiting = product.sdk('GET', `/approvals/${check.approval_id}?wait=30`);
    await page.fill('textarea[name=comment]', 'Looks right');
    await page.click('button[name=decision][value=approve]');
    const clicked = Date.now();
    expect((await waiting).body).toMatchObject({ status: 'approved', comment: 'Looks right' });
    // The decision wakes the request; polling would take ten seconds. bench/ measures the exact time.
    expect(Date.now() - clicked).toBeLessThan(5_000);
    await page.waitForLoadState();
    expect(await page.textContent('body')).toMatch(/approval counted/i);

    const hook = await until('the webhook', () => receiver.received[0]);
    const event = new Webhook(endpoint.secret).verify(hook.body, hook.headers as Record<string, string>);
    expect(event).toMatchObject({
      type: 'approval.decided',
      event: 'approval.approved',
      approval_id: check.approval_id,
      decision: 'approved',
      action: 'deploy.production',
      context,
    });

    const redeemed = await product.sdk('POST', `/approvals/${check.approval_id}/consume`, {
      context,
      use_id: 'deploy-1',
    });
    expect([redeemed.status, redeemed.body.digest]).toEqual([200, check.digest]);

    const audit = (await product.api('GET', `/audit?approval_id=${check.approval_id}&type=approval.voted`)).body
      .items[0];
    expect(audit).toMatchObject({
      decision: 'approve',
      comment: 'Looks right',
      channel: 'email',
      actor: { type: 'user' },
    });
    expect(audit.ip).toMatch(/127\.0\.0\.1$/);
    expect(Date.parse(audit.at)).toBeGreaterThan(Date.now() - 60_000);
    expect((await product.api('GET', '/audit/verify')).body).toMatchObject({ ok: true, first_bad: null });
    const verified = await product.cli('audit', 'verify');
    expect(verified.code).toBe(0);

    const outcome = await smtp.waitFor((each) => each.inReplyTo === mail.messageId);
    expect(outcome.text).toMatch(/approved/i);
    await phone.close();
  });

  test('a mail scanner that opens the link fifty times decides nothing, and the link stays valid', async () => {
    const check = (
      await product.sdk('POST', '/check', {
        agent_id: product.info.agent_id,
        action: 'deploy.production',
        context: { version: 'v3' },
      })
    ).body;
    const mail = await smtp.waitFor((each) => !!each.text?.includes('v3') && /^Approve/.test(each.subject ?? ''));
    const link = linkIn(mail.text);
    const before = (await product.api('GET', `/approvals/${check.approval_id}`)).body.version;
    await Promise.all(Array.from({ length: 50 }, (_, i) => fetch(link, { method: ['GET', 'HEAD', 'OPTIONS'][i % 3] })));
    expect((await product.api('GET', `/approvals/${check.approval_id}`)).body).toMatchObject({
      status: 'pending',
      version: before,
      votes: [],
    });

    const page = await browser.newPage();
    await page.clock.install();
    await page.goto(link);
    // T2: a scanner that moves the mouse, presses keys and waits ten minutes decides nothing either.
    await page.mouse.move(200, 400);
    await page.keyboard.press('Tab');
    await page.clock.runFor('10:00');
    expect((await product.api('GET', `/approvals/${check.approval_id}`)).body).toMatchObject({
      status: 'pending',
      version: before,
    });
    await page.click('button[name=decision][value=deny]');
    expect(await page.textContent('body')).toMatch(/denied/i);
    expect((await product.sdk('GET', `/approvals/${check.approval_id}`)).body).toMatchObject({
      status: 'denied',
      reason_code: 'deny_threshold',
    });

    await page.goto(link); // a used link shows the outcome
    expect(await page.textContent('body')).toMatch(/denied/i);
    await page.close();
  });

  test('at high risk one click approves nothing; the second step does', async () => {
    const policy = `
version: 1
defaults: { flow: admins }
rules: [{ id: wire, action: bank.wire, effect: require_approval, risk: high }]
flows: { admins: { levels: [{ name: admins, approvers: ["role:admin"], approve: 1 }] } }
`;
    const { version } = (await product.api('GET', '/policy')).body;
    await product.api('PUT', '/policy', policy, { 'content-type': 'application/yaml', 'if-match': `"${version}"` });
    const check = (
      await product.sdk('POST', '/check', {
        agent_id: product.info.agent_id,
        action: 'bank.wire',
        context: { iban: 'X1' },
      })
    ).body;
    const mail = await smtp.waitFor((each) => !!each.subject?.includes('bank.wire'));
    expect(mail.subject).toMatch(/^\[High risk\] /);
    const status = async (): Promise<string> =>
      (await product.api('GET', `/approvals/${check.approval_id}`)).body.status;

    const page = await browser.newPage();
    const asked: string[] = [];
    page.on('request', (each) => asked.push(`${each.method()} ${new URL(each.url()).host}`));
    await page.goto(linkIn(mail.text), { waitUntil: 'networkidle' });
    // The page has no script, and loads everything from our server by GET.
    expect(await page.locator('script').count()).toBe(0);
    expect(new Set(asked)).toEqual(new Set([`GET ${new URL(product.info.url).host}`]));
    expect(await status()).toBe('pending');

    await page.click('button[name=decision][value=approve]');
    expect(await status()).toBe('pending');
    await page.click('button[name=decision][value=approve]');
    expect(await status()).toBe('approved');
    await page.close();
  });

  test('no address that the browser passes on holds the link’s token, and no other site can frame the page', async () => {
    const check = (
      await product.sdk('POST', '/check', {
        agent_id: product.info.agent_id,
        action: 'bank.wire',
        context: { iban: 'X2' },
      })
    ).body;
    const mail = await smtp.waitFor((each) => !!each.text?.includes('X2'));
    const link = linkIn(mail.text);
    const page = await browser.newPage();
    const answer = await page.goto(link);
    expect(page.url()).not.toContain(link.split('/r/')[1]!);
    const headers = answer!.headers();
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['cache-control']).toContain('no-store');
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['x-robots-tag'] ?? (await page.content())).toMatch(/noindex/);

    // Another site's page posts the form. The browser sends no cookie, so nothing is decided.
    const target = page.url();
    await page.goto('about:blank');
    await page.setContent(`<form method="post" action="${target}"><input name="decision" value="approve"></form>`);
    await Promise.all([page.waitForNavigation(), page.evaluate('document.forms[0].submit()')]);
    expect((await product.api('GET', `/approvals/${check.approval_id}`)).body.status).toBe('pending');
    await page.setContent(`<iframe src="${target}"></iframe>`);
    expect(await page.frameLocator('iframe').locator('button').count()).toBe(0);
    await page.close();
  });

  test('a page of another program on the same machine cannot use the session that the browser sends', async () => {
    const ask = { agent_id: product.info.agent_id, action: 'bank.wire', context: { iban: 'X3' } };
    const { approval_id } = (await product.sdk('POST', '/check', ask)).body;
    const approval = async () => (await product.api('GET', `/approvals/${approval_id}`)).body;
    const page = await browser.newPage();
    await page.goto((await product.cli('login-link', 'admin@acme.example')).out.trim());
    await Promise.all([page.waitForURL('**/approvals'), page.click('button')]);

    // The same host on another port is the same site, so SameSite does not stop the cookie.
    const foreign = 'http://127.0.0.1:4999/page';
    const posts: [path: string, fields: string][] = [
      [`/approvals/${approval_id}`, '<input name="decision" value="deny"><input name="step" value="confirm">'],
      [`/approvals/${approval_id}/cancel`, '<input name="reason" value="x">'],
      ['/login/out', ''],
    ];
    for (const [path, fields] of posts) {
      const body = `<form method="post" action="${product.info.url}${path}">${fields}</form>`;
      await page.route(foreign, (route) => route.fulfill({ contentType: 'text/html', body }));
      await page.goto(foreign);
      const [sent] = await Promise.all([
        page.waitForResponse((each) => each.url().endsWith(path)),
        page.evaluate('document.forms[0].submit()'),
      ]);
      expect((await sent.request().allHeaders()).cookie).toContain('aw_session=');
      expect([path, sent.status()]).toEqual([path, 403]);
      await page.unroute(foreign);
    }
    expect((await approval()).status).toBe('pending');
    await page.goto(`${product.info.url}/approvals/${approval_id}`);
    expect(await page.textContent('body')).toContain('bank.wire');
    await page.close();
  });

  test('database, log and workflow histories hold no token, no address and no context in the clear', async () => {
    const tokens = smtp
      .messages()
      .flatMap((mail) => [...(mail.text ?? '').matchAll(/\/r\/(\S+)/g)].map((match) => match[1]!));
    expect(tokens.length).toBeGreaterThan(1);
    const secrets = [
      ...tokens,
      product.info.agent_key,
      product.info.user_token,
      product.info.login_url.split('/').at(-1)!,
    ];
    const personal = ['admin@acme.example', 'Looks right'];

    const histories = await readFile(join(product.info.data_dir, 'temporal.db'), 'latin1');
    const wal = await readFile(join(product.info.data_dir, 'temporal.db-wal'), 'latin1').catch(() => '');
    const database = await everyRow(product);
    for (const secret of secrets) {
      expect(histories + wal).not.toContain(secret);
      expect(database).not.toContain(secret);
      expect(product.log()).not.toContain(secret);
    }
    for (const text of [...personal, 'v2.1.0']) {
      expect(histories + wal).not.toContain(text);
      expect(product.log()).not.toContain(text);
    }
    expect(histories + wal).toContain('binary/encrypted'); // proof that these are the right files
    expect(database).toContain('Looks right');
  });

  test('unknown, forged and truncated links get the same page', async () => {
    const token = /\/r\/(\S+)/.exec(smtp.messages()[0]!.text!)![1]!;
    const pages = await Promise.all(
      ['x', `${token.slice(0, -2)}AA`, token.slice(0, 40), 'k1.AAAA.BBBB'].map(async (forged) => {
        const answer = await fetch(`${product.info.url}/r/${forged}`, { redirect: 'manual' });
        return `${answer.status} ${await answer.text()}`;
      }),
    );
    expect(new Set(pages).size).toBe(1);
    expect(pages[0]).toMatch(/^404/);
  });
});

/** All rows of all tables as text. */
async function everyRow({ info }: Product): Promise<string> {
  const settings = JSON.parse(await readFile(join(info.data_dir, 'run', 'settings.json'), 'utf8')) as Record<
    string,
    string
  >;
  const client = new Client({ connectionString: settings.DATABASE_URL });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      "select tablename as name from pg_tables where schemaname = 'public'",
    );
    expect(tables.rows.length).toBeGreaterThan(15);
    let text = '';
    for (const { name } of tables.rows)
      text += (await client.query<{ row: string }>(`select t::text as row from "${name}" t`)).rows
        .map(({ row }) => row)
        .join('\n');
    return text;
  } finally {
    await client.end();
  }
}
