/** Renders the mails: one for each message about an approval, and the sign-in mail. */
import type { Delivery } from '../../domain/approval';
import { decisiveText } from '../context';
import { wireBytes } from '../excerpt';
import { leadOf, youDecide } from '../message-parts';
import { outcomeSentence } from '../status-text';
import { LABELS, mails, plural } from '../texts';
import { span } from '../times';
import type { ApprovalView } from '../view';
import { mailContent, quoted, type MailContent, type Occasion } from './content';
import { loginHtml, mailHtml } from './html';
import { mailText } from './text';

export interface Mail {
  /** One line, safe as a header. */
  subject: string;
  preheader: string;
  html: string;
  text: string;
}

/** Both parts with their frame. Together with the headers they stay below 40 kB, because some clients cut longer mails. */
const BYTES_MAX = 38_000;
/** The second size is used if votes, comments and the agent's words make a mail with the first one too long. */
const CONTEXT_BYTES = { most: 24_000, least: 9_000 };

/** The message of this kind. `link` is the reviewer's own, or the page that requires signing in. */
export function renderMail(view: ApprovalView, link: string, kind: Delivery['kind']): Mail {
  const subject = subjectOf(view, kind);
  const occasion = occasionOf(view, link, kind);
  const made = (context_bytes: number): Mail => {
    const content = mailContent(view, occasion, context_bytes);
    return { subject, preheader: content.preheader, html: mailHtml(subject, content), text: mailText(content) };
  };
  const roomy = made(CONTEXT_BYTES.most);
  return wireBytes(roomy.html) + wireBytes(roomy.text) <= BYTES_MAX ? roomy : made(CONTEXT_BYTES.least);
}

function subjectOf(view: ApprovalView, kind: Delivery['kind']): string {
  if (kind === 'alert') return mails.alert_subject(view.action);
  const subject = mails.subject(view.risk, view.action, view.agent);
  // Clients that thread by subject accept only this prefix.
  return kind === 'reminder' || kind === 'outcome' ? `Re: ${subject}` : subject;
}

function occasionOf(view: ApprovalView, link: string, kind: Delivery['kind']): Occasion {
  const lead = leadOf(view, kind);
  const asks = { lead, quote: null, decision: decideHere(view, link) };
  switch (kind) {
    case 'request':
    case 'escalation':
      return { ...asks, preheader: decisiveText(view.context) || plural(view.context.count, 'field') };
    case 'reminder':
      return { ...asks, preheader: lead ?? '' };
    case 'outcome':
      return {
        preheader: outcomeSentence(view),
        lead,
        quote: view.comment === null ? null : quoted(view.comment),
        decision: seeHere(link, [mails.outcome_why]),
      };
    case 'alert':
      return { preheader: mails.alert_why, lead, quote: null, decision: seeHere(link, []) };
  }
}

const decideHere = (view: ApprovalView, link: string): MailContent['decision'] => ({
  label: LABELS.review,
  link,
  before: [`${youDecide(view)}.`],
  after: [mails.no_decision, mails.personal],
});

const seeHere = (link: string, after: string[]): MailContent['decision'] => ({
  label: mails.see,
  link,
  before: [],
  after,
});

export interface LoginMail {
  link: string;
  expires_in_ms: number;
}

export function renderLoginMail({ link, expires_in_ms }: LoginMail): Mail {
  const body = mails.login_body(span(expires_in_ms));
  return {
    subject: mails.login_title,
    preheader: body,
    html: loginHtml(body, link),
    text: `${body}\n\n${LABELS.sign_in}:\n${link}\n\n${mails.login_ignore}\n`,
  };
}
