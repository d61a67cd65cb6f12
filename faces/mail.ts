/** Mails about an approval, and the login mail: HTML and text of the same words. */
import type { ApprovalView } from './view';

export interface Mail {
  /** One line, safe as a header. */
  subject: string;
  preheader: string;
  html: string;
  text: string;
}

const thin = (subject: string, text: string): Mail => ({ subject, preheader: '', html: '', text });

const subjectOf = (view: ApprovalView): string => `Approve? ${view.action} · ${view.agent}`;

/** `kind` is `escalation` when the reader joined because nobody had decided. */
export const renderRequestMail = (view: ApprovalView, link: string, kind: 'request' | 'escalation' = 'request'): Mail =>
  thin(
    subjectOf(view),
    `${view.agent} wants to run ${view.action}\n\n${link}\n${kind === 'request' ? '' : 'escalated'}`,
  );

export const renderReminderMail = (view: ApprovalView, link: string): Mail =>
  thin(`Re: ${subjectOf(view)}`, `${view.agent} wants to run ${view.action}\n\n${link}\n`);

export const renderOutcomeMail = (view: ApprovalView): Mail =>
  thin(`Re: ${subjectOf(view)}`, `${view.status}\n\n${view.url}\n`);

/** For admins: nobody could be asked. `why` is our own sentence. */
export const renderAlertMail = (view: ApprovalView, why: string): Mail =>
  thin(`Nobody could be asked: ${view.action}`, `${why}\n\n${view.url}\n`);

export interface LoginMail {
  link: string;
  expires_in_ms: number;
}

export const renderLoginMail = ({ link }: LoginMail): Mail => thin('Sign in to AgentWarden', `${link}\n`);
