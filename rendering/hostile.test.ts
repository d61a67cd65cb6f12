/** One hostile request on all pages and messages at once: what holds for one renderer must hold for all. */
import fc from 'fast-check';
import type { Json, JsonObject } from '../domain/approval';
import { levelState, NOW_MS, view, vote } from '../tests/support/sample-approval';
import { attribute, readHtml } from '../tests/support/read-html';
import { renderApprovalList, renderApprovalPage } from './pages/approvals';
import { renderMail } from './mail/mail';
import { renderConfirmPage, renderOutcomePage, renderResultPage, renderReviewPage } from './pages/review';
import { renderSlack } from './slack';
import { renderSms } from './sms';
import type { ApprovalView } from './view';

const LINK = 'https://warden.acme.example/r/k1.payload.mac';
const FORM = { action_url: '/r/v/lnk', nonce: 'n' };
const BAD = [
  '\u202e',
  '\u2066',
  '\u200b',
  '\u200f',
  '\u{e0041}',
  '\u2060',
  '\u00ad',
  '\u0007',
  '\u009b',
  '\r',
  '\u2028',
  '\ufeff',
  '\u3164',
];
const UNSEEN = new RegExp(`[${BAD.join('')}]`, 'u');
const MARKUP = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '</dd></dl></main>',
  '"><b onclick="x">',
  "' style='x",
  '<!--',
  ']]>',
  '&lt;',
  '</textarea>',
  '</title><base href=//evil>',
  '<style>',
  '${x}',
  '</p></td></tr></table>',
];

const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(...BAD, ...MARKUP, '\n', ' ', 'а', 'https://a@evil.example/'),
      fc.string({ maxLength: 8 }),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));
const context = fc.dictionary(
  text,
  fc.oneof(
    text,
    fc.array(text, { maxLength: 3 }),
    fc.dictionary(text, text, { maxKeys: 3 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
  ),
  { maxKeys: 6 },
) as fc.Arbitrary<Record<string, Json>>;
const request = fc.record({ text, context, risk: fc.constantFrom('low' as const, 'high' as const) });

interface Hostile {
  text: string;
  context: JsonObject;
  risk: 'low' | 'high';
}

function hostileView({ text: words, context: object, risk }: Hostile, ended = false): ApprovalView {
  const levels = [levelState({ name: words || 'x', paths: [{ approvers: [`role:${words}`], need: 1 }] })];
  return view({
    snapshot: {
      agent: { id: 'x', name: words },
      context: object,
      display: object,
      risk,
      reason: words,
      requester: words,
      on_behalf_of: words,
    },
    state: {
      levels,
      votes: [vote({ level: words || 'x', comment: words })],
      ...(ended
        ? { status: 'denied', reason_code: 'veto', decided_by: 'usr_ben', decided_at_ms: NOW_MS, comment: words }
        : {}),
    },
    options: {
      names: new Map([['usr_ben', words]]),
      reviewer: { id: 'usr_ana', name: words, address: words, timezone: words },
    },
  });
}

function htmlOf(of: Hostile): string[] {
  const [open, ended] = [hostileView(of), hostileView(of, true)];
  const forms = {
    ...FORM,
    levels: [of.text, 'b'],
    cancel_url: '/c',
    revoke_url: '/v',
    error: of.text,
    comment: of.text,
  };
  const item = {
    url: '/approvals/apr_1',
    agent: of.text,
    action: 'a.b',
    context: of.context,
    risk: of.risk,
    status: 'pending' as const,
    created_at_ms: 0,
    until_ms: 0,
    level: of.text,
  };
  return [
    renderReviewPage(open, { ...FORM, signed_in_as: of.text, comment: of.text }),
    renderConfirmPage(open, { ...FORM, decision: 'approve', comment: of.text }),
    renderResultPage(ended, { decision: 'approve', at_ms: NOW_MS }),
    renderOutcomePage(ended),
    renderApprovalPage(open, forms),
    renderApprovalPage(ended, forms),
    renderApprovalList([item], { reviewer: open.reviewer, now_ms: NOW_MS, next: null }),
    renderMail(open, LINK, 'request').html,
    renderMail(open, LINK, 'reminder').html,
    renderMail(ended, ended.url, 'outcome').html,
    renderMail(open, open.url, 'alert').html,
  ];
}

/** Tags of a page, without those that the number of fields, marks and folds decides. */
const VARIABLE = new Set([
  'mark',
  'wbr',
  'details',
  'summary',
  'b',
  'span',
  'div',
  'dl',
  'dt',
  'dd',
  'ul',
  'li',
  'p',
  'strong',
  'code',
  'a',
  'q',
  'br',
  'tr',
  'td',
  'table',
  'tbody',
  'h1',
  'h2',
  'section',
  'ol',
]);
const structure = (markup: string): string[] =>
  readHtml(markup)
    .map((element) => element.tagName)
    .filter((tag) => !VARIABLE.has(tag));

describe('an agent that writes what it likes', () => {
  const calm = htmlOf({ text: 'calm', context: { a: 'b' }, risk: 'low' }).map(structure);

  it('adds no element that can load, run, style or submit, to any page or message', () => {
    fc.assert(
      fc.property(request, (of) => {
        htmlOf(of).forEach((markup, index) => expect(structure(markup)).toEqual(calm[index]));
      }),
      { numRuns: 25 },
    );
  });

  it('adds no attribute but the ones of ours, and no link but to plain hosts', () => {
    const known = new Set(
      'alt aria-hidden aria-labelledby autocomplete cellpadding cellspacing charset class content for href id lang maxlength method action name rel required role rows style target type valign value width align'.split(
        ' ',
      ),
    );
    fc.assert(
      fc.property(request, (of) => {
        for (const element of htmlOf(of).flatMap(readHtml)) {
          for (const { name } of element.attrs) expect(known).toContain(name);
          const href = attribute(element, 'href');
          if (href !== null) expect(href).toMatch(/^(https?:\/\/[^@]+|\/[a-z0-9/_]*|#decision)$/i);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('hides no character on any page or message', () => {
    // Form fields hold the typed text unchanged, because it is posted back. All other text must be marked.
    const typed = /<textarea[^]*?<\/textarea>|<option[^]*?<\/option>|name="level" value="[^"]*"/g;
    fc.assert(
      fc.property(request, (of) => {
        for (const markup of htmlOf(of)) expect(markup.replace(typed, '')).not.toMatch(UNSEEN);
        const [open, ended] = [hostileView(of), hostileView(of, true)];
        const mails = [
          renderMail(open, LINK, 'request'),
          renderMail(ended, ended.url, 'outcome'),
          renderMail(open, open.url, 'alert'),
        ];
        for (const { subject, preheader, text: part } of mails)
          expect([subject, preheader, part].join()).not.toMatch(UNSEEN);
        expect(renderSms(open, LINK, 'request') + renderSms(ended, LINK, 'outcome')).not.toMatch(UNSEEN);
        expect(JSON.stringify([renderSlack(open, LINK, 'request'), renderSlack(ended, LINK, 'outcome')])).not.toMatch(
          UNSEEN,
        );
      }),
      { numRuns: 25 },
    );
  });

  it('is warned about above the context wherever the context is shown', () => {
    const of: Hostile = { text: 'bot', context: { 'note\u202e': 'pаypal' }, risk: 'high' };
    const open = hostileView(of);
    const shown = [
      renderReviewPage(open, FORM),
      renderMail(open, LINK, 'request').html,
      renderMail(open, LINK, 'request').text,
      JSON.stringify(renderSlack(open, LINK, 'request')),
    ];
    for (const part of shown)
      expect(part).toMatch(/Look twice: 2 things here are not what they seem[^]*note[^]*⟦U\+202E⟧/);
  });
});
