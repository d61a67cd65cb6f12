/** Mails about an approval, and the login mail: HTML and text of the same words. */
import { decisive } from './context';
import { letterOf, type Letter } from './letter';
import { mailHtml, loginHtml } from './mail-html';
import { mailText } from './mail-text';
import { outcomeSentence, when } from './standing';
import { LABELS, mails, words } from './strings';
import { span } from './times';
import { visible } from './spoofing';
import type { ApprovalView } from './view';

export interface Mail {
  /** One line, safe as a header. */
  subject: string;
  preheader: string;
  html: string;
  text: string;
}

const mail = (subject: string, letter: Letter): Mail => ({
  subject,
  preheader: letter.preheader,
  html: mailHtml(subject, letter),
  text: mailText(letter),
});

const subjectOf = (view: ApprovalView): string => mails.subject(view.risk, view.action, view.agent);
/** Clients that thread by subject accept only this prefix; the headers that thread are the sender's matter. */
const reply = (view: ApprovalView): string => `Re: ${subjectOf(view)}`;

const decisiveFields = (view: ApprovalView): string =>
  decisive(view.context)
    .map(({ path, value, reading }) => `${path} ${reading ?? value}`)
    .join(', ');

const decideHere = (view: ApprovalView, link: string): Letter['decision'] => ({
  label: LABELS.review,
  link,
  before: [`${words.you(view.reader.name, view.reader.address)}.`],
  after: [mails.no_decision, mails.personal],
});

/** `kind` is `escalation` when the reader joined because nobody had decided. */
export function renderRequestMail(view: ApprovalView, link: string, kind: 'request' | 'escalation' = 'request'): Mail {
  const lead = kind === 'escalation' ? words.escalated : null;
  return mail(
    subjectOf(view),
    letterOf(view, { preheader: decisiveFields(view), lead, decision: decideHere(view, link) }),
  );
}

export function renderReminderMail(view: ApprovalView, link: string): Mail {
  const lead = words.reminder(when(view, view.until_ms));
  return mail(reply(view), letterOf(view, { preheader: lead, lead, decision: decideHere(view, link) }));
}

const seeHere = (view: ApprovalView, after: string[]): Letter['decision'] => ({
  label: mails.see,
  link: view.url,
  before: [],
  after,
});

export function renderOutcomeMail(view: ApprovalView): Mail {
  const sentence = outcomeSentence(view);
  const comment = view.comment === null ? '' : ` “${view.comment}”`;
  const lead = `${sentence}${comment} ${words.told(view.agent)}`;
  return mail(reply(view), letterOf(view, { preheader: sentence, lead, decision: seeHere(view, [mails.outcome_why]) }));
}

/** For admins: nobody could be asked. `why` is a sentence of ours. */
export function renderAlertMail(view: ApprovalView, why: string): Mail {
  const subject = mails.alert_subject(view.action);
  const lead = `${mails.alert_title}. ${visible(why)} ${mails.alert_todo}`;
  return mail(subject, letterOf(view, { preheader: visible(why), lead, decision: seeHere(view, []) }));
}

export interface LoginMail {
  link: string;
  expires_in_ms: number;
}

export function renderLoginMail({ link, expires_in_ms }: LoginMail): Mail {
  const body = mails.login_body(span(expires_in_ms));
  return {
    subject: mails.login_subject,
    preheader: body,
    html: loginHtml(body, link),
    text: `${body}\n\n${LABELS.sign_in}:\n${link}\n\n${mails.login_ignore}\n`,
  };
}
