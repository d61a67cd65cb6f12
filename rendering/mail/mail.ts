/** Mails about an approval, and the login mail: HTML and text of the same words. */
import { decisiveText } from '../context';
import { wireBytes } from '../excerpt';
import { mailContent, quoted, type MailContent, type Occasion } from './content';
import { mailHtml, loginHtml } from './html';
import { mailText } from './text';
import { youDecide } from '../sections';
import { outcomeSentence, when } from '../status-text';
import { LABELS, mails, plural, words } from '../texts';
import { span } from '../times';
import type { ApprovalView } from '../view';

export interface Mail {
  /** One line, safe as a header. */
  subject: string;
  preheader: string;
  html: string;
  text: string;
}

/** Both parts and the frame; with the headers below the 40 kB above which some clients cut a mail. */
const BYTES_MAX = 38_000;
/** Votes, comments and the agent's words may leave the context only the lesser. */
const CONTEXT_BYTES = { most: 24_000, least: 9_000 };

function mail(subject: string, view: ApprovalView, occasion: Occasion): Mail {
  const made = (context_bytes: number): Mail => {
    const content = mailContent(view, occasion, context_bytes);
    return { subject, preheader: content.preheader, html: mailHtml(subject, content), text: mailText(content) };
  };
  const roomy = made(CONTEXT_BYTES.most);
  return wireBytes(roomy.html) + wireBytes(roomy.text) <= BYTES_MAX ? roomy : made(CONTEXT_BYTES.least);
}

const subjectOf = (view: ApprovalView): string => mails.subject(view.risk, view.action, view.agent);
/** Clients that thread by subject accept only this prefix; the headers that thread are the sender's matter. */
const reply = (view: ApprovalView): string => `Re: ${subjectOf(view)}`;

const decisiveFields = ({ context }: ApprovalView): string => decisiveText(context) || plural(context.count, 'field');

const decideHere = (view: ApprovalView, link: string): MailContent['decision'] => ({
  label: LABELS.review,
  link,
  before: [`${youDecide(view)}.`],
  after: [mails.no_decision, mails.personal],
});

/** `kind` is `escalation` when the reviewer joined because nobody had decided. */
export function renderRequestMail(view: ApprovalView, link: string, kind: 'request' | 'escalation' = 'request'): Mail {
  const lead = kind === 'escalation' ? words.escalated : null;
  return mail(subjectOf(view), view, {
    preheader: decisiveFields(view),
    lead,
    quote: null,
    decision: decideHere(view, link),
  });
}

export function renderReminderMail(view: ApprovalView, link: string): Mail {
  const lead = words.reminder(when(view, view.until_ms));
  return mail(reply(view), view, { preheader: lead, lead, quote: null, decision: decideHere(view, link) });
}

const seeHere = (link: string, after: string[]): MailContent['decision'] => ({
  label: mails.see,
  link,
  before: [],
  after,
});

/** `link`: the reviewer's own, which shows the outcome without an account; absent: the page behind the login. */
export function renderOutcomeMail(view: ApprovalView, link: string = view.url): Mail {
  const sentence = outcomeSentence(view);
  const lead = `${sentence} ${words.told(view.agent)}`;
  const quote = view.comment === null ? null : quoted(view.comment);
  return mail(reply(view), view, { preheader: sentence, lead, quote, decision: seeHere(link, [mails.outcome_why]) });
}

/** For admins: no approver got the request. */
export function renderAlertMail(view: ApprovalView): Mail {
  const lead = `${mails.alert_title}. ${mails.alert_why} ${mails.alert_todo}`;
  const decision = seeHere(view.url, []);
  return mail(mails.alert_subject(view.action), view, { preheader: mails.alert_why, lead, quote: null, decision });
}

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
