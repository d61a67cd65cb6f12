import MailComposer from 'nodemailer/lib/mail-composer';
import { ANA, levelState, NOW_MS, view, vote } from '../../tests/support/sample-approval';
import { attribute, bodyText, readHtml, select } from '../../tests/support/read-html';
import { renderLoginMail, renderMail, type Mail } from './mail';

const LINK = 'https://warden.acme.example/r/k1.payload.mac';
const ENDED = { status: 'approved', reason_code: 'quorum', decided_by: 'usr_ana', decided_at_ms: NOW_MS } as const;
/** Bytes of the whole mail as it goes over the wire. */
async function sent({ subject, html, text }: Mail): Promise<number> {
  const raw = await new MailComposer({ from: 'warden@acme.example', to: 'ana@acme.example', subject, html, text })
    .compile()
    .build();
  return raw.byteLength;
}

describe('the request', () => {
  const mail = renderMail(
    view({ snapshot: { display: { summary: 'Routine.' } }, state: { votes: [vote({ comment: 'Checked.' })] } }),
    LINK,
    'request',
  );

  it('asks in the subject and decides in the preheader', () => {
    expect(mail.subject).toBe('Approve? deploy.production · devops-bot');
    expect(mail.preheader).toBe('amount €500.00, environment production');
  });

  it.each([
    ['high', '[High risk] Approve? deploy.production · devops-bot'],
    ['critical', '[Critical risk] Approve? deploy.production · devops-bot'],
  ] as const)('puts %s risk first', (risk, subject) => {
    expect(renderMail(view({ snapshot: { risk } }), LINK, 'request').subject).toBe(subject);
  });

  it('reads aloud as it stands', () => {
    expect(mail.text).toBe(`devops-bot wants to run deploy.production
Medium risk. Expires in 3 h 10 min (Fri 17:30 London).

What will run:
  amount: €500.00 (500)
  currency: EUR
  environment: production
  rollback: true
  version: v2.1.0
Digest sha256:${'9f2c41aa'.repeat(8)}

Who asked:
  Asked by: devops-bot
  Started by: dana@acme.example
  Why: Production deployments are looked at by the platform team
  Asked: 4 min ago (Fri 14:16 London)

Where it stands:
Level platform: 1 of 2 from sre
  Ben Okafor approved at 14:18
  | Checked.

The agent says:
Written by the agent. Nobody checked it, and it is not part of what you approve.
  summary: Routine.

You decide as Ana Lima (ana@acme.example).
Review:
${LINK}
Opening the link does not decide anything.
This link is personal: anybody who opens it can decide in your name. Do not forward it.
`);
  });

  it('has one button, Review, and nothing that loads or decides', () => {
    const links = select(mail.html, 'a');
    expect(links.map((link) => attribute(link, 'href'))).toEqual([LINK]);
    for (const tag of ['img', 'script', 'form', 'button', 'link']) expect(select(mail.html, tag)).toEqual([]);
    expect(mail.html).not.toMatch(/url\(|@import|src=/i);
  });

  it('says the same in HTML, in the same order', () => {
    const text = bodyText(mail.html);
    const parts = [
      'devops-bot wants to run',
      'deploy.production',
      'What will run',
      '€500.00',
      'Who asked',
      'Where it stands',
      'Ben Okafor approved at 14:18',
      'The agent says',
      'Routine.',
      'You decide as Ana Lima',
      'Review',
    ];
    const positions = parts.map((part) => text.lastIndexOf(part));
    expect(positions).not.toContain(-1);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
  });

  it('tells somebody who stands in for whom', () => {
    const stand_in = view({ options: { reviewer: { ...ANA, stands_in_for: 'Ben Okafor' } } });
    const words = 'You decide as Ana Lima (ana@acme.example), in place of Ben Okafor, who is away.';
    const mail = renderMail(stand_in, LINK, 'request');
    expect(mail.text).toContain(`\n${words}\n`);
    expect(bodyText(mail.html)).toContain(words);
  });

  it('tells the one who joins later why', () => {
    expect(renderMail(view(), LINK, 'escalation').text).toMatch(/^Nobody has decided yet, so you are asked too\.\n\n/);
  });
});

describe('what others wrote', () => {
  const forged = 'fine\n\nYou decide as Ana Lima.\nReview:\nhttps://evil.example/r/x';
  const mail = renderMail(
    view({
      snapshot: { context: { note: forged, [forged]: 1 }, display: { note: forged }, requester: forged },
      state: { ...ENDED, comment: forged, votes: [vote({ comment: forged })] },
    }),
    LINK,
    'outcome',
  );

  it('never stands at the margin of the text part, where only we speak', () => {
    const atMargin = mail.text.split('\n').filter((line) => /evil|fine/.test(line) && !line.startsWith('  '));
    expect(atMargin).toEqual([]);
    expect(mail.text.split('\n').filter((line) => /^https?:/.test(line))).toEqual([LINK]);
  });

  it('cannot add a header line', () => {
    const hostile = view({ snapshot: { agent: { id: 'x', name: 'bot\r\nBcc: all@acme.example' } } });
    for (const made of [
      renderMail(hostile, LINK, 'request'),
      renderMail(hostile, LINK, 'reminder'),
      renderMail(hostile, hostile.url, 'outcome'),
      renderMail(hostile, hostile.url, 'alert'),
    ]) {
      expect(made.subject).not.toMatch(/[\r\n]/);
      expect(made.preheader).not.toMatch(/[\r\n]/);
    }
    expect(renderMail(hostile, LINK, 'request').subject).toBe(
      'Approve? deploy.production · bot⟦U+000D⟧⟦U+000A⟧Bcc: all@acme.example',
    );
  });
});

describe('warnings', () => {
  const context = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`k${i}`, 'x\u200b']));
  const mail = renderMail(view({ snapshot: { context } }), LINK, 'request');

  it('are counted whole, though only six are named', () => {
    for (const said of [mail.text, bodyText(mail.html)]) {
      expect(said).toContain('Look twice: 9 things here are not what they seem');
      expect(said).toContain('k5: invisible characters, U+200B');
      expect(said).not.toContain('k6: characters');
      expect(said).toContain('and 3 more');
    }
  });
});

describe('the size', () => {
  const crowd = Array.from({ length: 40 }, (_, i) =>
    vote({ id: `v${i}`, voter: `usr_${i}`, comment: 'ß'.repeat(2_000) }),
  );
  const people = levelState({
    paths: [{ approvers: Array.from({ length: 50 }, (_, i) => `user:person${i}@acme.example`), need: 20 }],
  });
  it.each([
    ['many short fields', Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`k${i}`, i]))],
    ['long values', Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, 'x'.repeat(1_000)]))],
    ['one huge value', { diff: 'y'.repeat(120_000) }],
    ['long keys', { ['k'.repeat(60_000)]: 1, ['l'.repeat(60_000)]: 2 }],
    ['markup that escapes to six times its size', { a: '"<&>\''.repeat(20_000), b: '&'.repeat(2_000) }],
    ['letters of three bytes', { a: '漢'.repeat(40_000), b: '😀'.repeat(1_000) }],
    [
      'keys that may break in many places',
      Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`${'k_'.repeat(29)}${i}`, i])),
    ],
    ['nothing but markers', { a: '\u202e'.repeat(40_000), ['\u200b'.repeat(900)]: '\u200b' }],
  ])('stays below 40 kB with %s, and says what is left out', async (_, context) => {
    const mail = renderMail(
      view({
        snapshot: { context, display: context, reason: 'ß'.repeat(900) },
        state: { votes: crowd, levels: [people], comment: 'z'.repeat(2_000) },
      }),
      LINK,
      'request',
    );
    expect(await sent(mail)).toBeLessThan(40_000);
    expect(mail.text).toMatch(/fields? shown\. Open the link to see all of them\./);
    expect(bodyText(mail.html)).toMatch(/fields? shown\. Open the link to see all of them\./);
  });
});

describe('the room', () => {
  const context = Object.fromEntries(Array.from({ length: 26 }, (_, i) => [`customer_field_${i}`, `value ${i}`]));

  it('is enough for an ordinary request, all of it', () => {
    const mail = renderMail(view({ snapshot: { context } }), LINK, 'request');
    expect(mail.text).toContain('  customer_field_9: value 9\n');
    expect(mail.text + mail.html).not.toContain('fields shown');
  });

  it('breaks a key where its words end', () => {
    expect(renderMail(view({ snapshot: { context } }), LINK, 'request').html).toContain(
      'customer_<wbr />field_<wbr />25',
    );
  });
});

describe('the mails that follow', () => {
  it('answer in the thread of the request', () => {
    const request = renderMail(view(), LINK, 'request').subject;
    expect(renderMail(view(), LINK, 'reminder').subject).toBe(`Re: ${request}`);
    expect(renderMail(view({ state: { ...ENDED } }), LINK, 'outcome').subject).toBe(`Re: ${request}`);
  });

  it('remind of the time that is left', () => {
    expect(renderMail(view(), LINK, 'reminder').text).toMatch(
      /^Still waiting for a decision\. The request expires in 3 h 10 min \(Fri 17:30 London\)\.\n/,
    );
  });

  it('tell the outcome first, and lead to the approval', () => {
    const mail = renderMail(view({ state: { ...ENDED, comment: 'Go ahead.' } }), LINK, 'outcome');
    expect(mail.text).toMatch(/^Approved by Ana Lima at 14:20\. devops-bot was told\.\n {2}\| Go ahead\.\n/);
    expect(mail.preheader).toBe('Approved by Ana Lima at 14:20.');
    expect(select(mail.html, 'a').map((link) => attribute(link, 'href'))).toEqual([LINK]);
    expect(mail.text).not.toContain('You decide as');
  });

  it('keep the lines of a comment', () => {
    const comment = 'Looks right.\nGo ahead.';
    const { html } = renderMail(view({ state: { ...ENDED, comment, votes: [vote({ comment })] } }), LINK, 'outcome');
    expect(html.split('<span style="white-space:pre-line">“Looks right.\nGo ahead.”</span>')).toHaveLength(3);
  });

  it('say of what was denied that it would have run', () => {
    const mail = renderMail(
      view({ state: { ...ENDED, status: 'denied', reason_code: 'deny_threshold' } }),
      LINK,
      'outcome',
    );
    expect(mail.text).toContain('\nWhat would have run:\n');
    expect(bodyText(mail.html)).toContain('What would have run');
  });

  it('tell the outcome behind the reviewer’s own link, which needs no account', () => {
    const mail = renderMail(view({ state: { ...ENDED } }), LINK, 'outcome');
    expect(select(mail.html, 'a').map((link) => attribute(link, 'href'))).toEqual([LINK]);
    expect(mail.text).toContain(LINK);
    expect(mail.text).not.toContain(view().url);
  });

  it('alert the admins that nobody could be asked', () => {
    const mail = renderMail(view(), LINK, 'alert');
    expect(mail.subject).toBe('No approver was reached: deploy.production');
    expect(mail.text).toMatch(
      /^No message about this request reached anybody who may decide it\. Nothing was approved\./,
    );
  });

  it('sign in with one link that stands alone', () => {
    const mail = renderLoginMail({ link: 'https://w.example/login/t', expires_in_ms: 900_000 });
    expect(mail.text.split('\n')).toContain('https://w.example/login/t');
    expect(mail.text).toContain('It works once, for 15 min.');
    expect(readHtml(mail.html).filter((element) => element.tagName === 'a')).toHaveLength(1);
  });
});
