/** All words of all faces. Sentence case, active, no exclamation marks; errors say what happened, what was lost, what to do. */
import {
  CHANNELS,
  HIGH_RISKS,
  isPersonalChannel,
  type ApprovalStatus,
  type Ending,
  type Risk,
  type VoteDecision,
} from '../domain/approval';
import type { WarningKind } from './spoofing';

export const PRODUCT = 'AgentWarden';

export const RISK_WORDS: Record<Risk, string> = {
  low: 'Low risk',
  medium: 'Medium risk',
  high: 'High risk',
  critical: 'Critical risk',
};

export const ENDING_WORDS: Record<Ending, string> = {
  approved: 'Approved',
  denied: 'Denied',
  expired: 'Expired',
  cancelled: 'Cancelled',
};

export const STATUS_WORDS = { pending: 'Pending', ...ENDING_WORDS } as const;

export const LEVEL_WORDS = {
  waiting: 'comes later',
  open: 'open',
  approved: 'approved',
  denied: 'denied',
  expired: 'expired',
  skipped: 'not needed',
  cancelled: 'closed',
} as const;

const VOTE_WORDS: Record<VoteDecision, string> = { approve: 'approved', deny: 'denied', pass: 'passed' };

export const HEADINGS = {
  who: 'Who asks',
  status: 'Where it stands',
  agent_says: 'The agent says',
  decision: 'Your decision',
} as const;

export const LABELS = {
  asked_by: 'Asked by',
  requester: 'Started by',
  on_behalf_of: 'On behalf of',
  reason: 'Why',
  asked_at: 'Asked',
  digest: 'Digest',
  level: 'Level',
  approve: 'Approve',
  deny: 'Deny',
  review: 'Review',
  not_me: 'Not me',
  report: 'Report this',
  back: 'Back',
  cancel: 'Cancel this request',
  revoke: 'Revoke the approval',
  sign_in: 'Sign in',
  sign_out: 'Sign out',
  email: 'E-mail address',
  why: 'Reason (optional)',
  why_required: 'Reason',
  change: 'Change my decision',
  decide: 'Decide now',
  older: 'Older',
} as const;

export const WARNING_WORDS: Record<WarningKind, string> = {
  hidden_characters: 'characters that cannot be seen',
  mixed_scripts: 'letters that look like others',
  styled_letters: 'letters in disguise',
  disguised_link: 'a link that goes elsewhere than it seems',
  padding: 'a long blank stretch',
};

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en-GB')} ${count === 1 ? one : many}`;

/** `Ana`, `Ana and Ben`, `Ana, Ben and Cem`; after `most` names only how many more. */
export function listed(names: readonly string[], most = Infinity): string {
  const shown = names.length > most ? [...names.slice(0, most - 1), `${names.length - most + 1} more`] : names;
  return shown.length < 2 ? (shown[0] ?? '') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

export const words = {
  /** Between the agent and the action; once it ended, nothing is wanted any more. */
  wants: (status: ApprovalStatus): string => (status === 'pending' ? 'wants to run' : 'asked to run'),
  /** Above the context; what was not approved does not run. */
  runs: (status: ApprovalStatus): string =>
    status === 'pending' || status === 'approved' ? 'What will run' : 'What would have run',
  expires: (when: string): string => `Expires ${when}`,
  you: (name: string, address: string, away: string | null = null): string =>
    `You decide as ${name} (${address})${away === null ? '' : `, in place of ${away}, who is away`}`,
  signed_in: (name: string, address: string): string => `Signed in as ${name} (${address})`,
  warning_title: (count: number): string =>
    count === 1
      ? 'Look twice: one thing here is not what it seems'
      : `Look twice: ${count} things here are not what they seem`,
  more_warnings: (count: number): string => `and ${count} more`,
  says_note: 'Written by the agent. Not checked by anybody and not part of what you approve.',
  no_context: 'The agent gave no context: the action runs without any details.',
  fields_shown: (shown: number, of: number): string => `${shown} of ${plural(of, 'field')} shown.`,
  characters_shown: (shown: number, of: number): string =>
    `${shown.toLocaleString('en-GB')} of ${plural(of, 'character')} shown.`,
  show_all: 'Show all',
  all_shown: 'All shown',
  open_first: 'Show all of what will run first; then you can approve.',
  digest_note: 'The decision is for exactly these bytes.',
  opens: (host: string): string => `Opens ${host}`,
  goes_to: (host: string): string => `Goes to ${host}`,
  signed_in_as: (other: string, name: string): string =>
    `This browser is signed in as ${other}, but the link was sent to ${name}. What you decide here counts as ${name}’s decision.`,
  link_for: (name: string): string => `This link was sent to ${name}.`,
  not_me_hint: '“Not me” passes it on: somebody else decides in your place.',
  to_decision: 'Go to your decision',
  too_late: 'Too late: your decision was not counted.',
  closing: 'You can close this page.',
  change_hint: 'You can change your decision until the level is decided.',
  again_hint: 'Network trouble? Send again: it counts once.',
  told: (agent: string): string => `${agent} was told.`,
  level: (name: string): string => `Level ${name}`,
  voted: (name: string, decision: VoteDecision, when: string): string => `${name} ${VOTE_WORDS[decision]} ${when}`,
  in_seat: (seat: string): string => ` for ${seat}`,
  by: (decision: VoteDecision, names: string): string =>
    `${{ approve: 'Approved', deny: 'Denied', pass: 'Passed' }[decision]} by ${names}`,
  progress: (have: number, need: number | 'all'): string => `${have} of ${need}`,
  of_whom: (names: string): string => `from ${names}`,
  or: 'or',
  escalated: 'Nobody has decided yet, so you are asked too.',
  reminder: (when: string): string => `Still waiting for a decision. It expires ${when}.`,
  delivery_failed: 'Some of those who may decide could not be reached.',
} as const;

export const comments = {
  optional: 'Comment (optional)',
  approve: 'Comment (needed to approve)',
  deny: 'Comment (needed to deny)',
  both: 'Comment (needed)',
} as const;

export const results = {
  approve: (when: string): string => `Your approval counted ${when}.`,
  deny: (when: string): string => `Your denial counted ${when}.`,
  pass: (when: string): string => `You passed ${when}. Somebody else decides.`,
  report: (when: string): string =>
    `Your report was recorded ${when}. It is no decision: deny the request if it should not run.`,
  titles: {
    approve: 'Your approval counted',
    deny: 'Your denial counted',
    pass: 'You passed',
    report: 'Report recorded',
  },
} as const;

export const confirms = {
  approve: { title: 'Approve this?', button: 'Yes, approve' },
  deny: { title: 'Deny this?', button: 'Yes, deny' },
  pass: { title: 'Pass this on?', button: 'Yes, pass' },
  report: { title: 'Report this?', button: 'Yes, report' },
  intro: (risk: string): string => `${risk}: this takes a second step. Nothing has been decided yet.`,
} as const;

export const mails = {
  /** Markers of mail clients for replies are kept, so that the thread holds. */
  subject: (risk: Risk, action: string, agent: string): string =>
    `${HIGH_RISKS.includes(risk) ? `[${RISK_WORDS[risk]}] ` : ''}Approve? ${action} · ${agent}`,
  rest_on_page: (shown: number, of: number): string =>
    `${shown} of ${plural(of, 'field')} shown. The page behind the link shows all.`,
  personal: 'The link is yours alone: whoever opens it decides in your name. Do not forward it.',
  no_decision: 'Opening the link decides nothing.',
  see: 'See the approval',
  outcome_why: 'You get this because you were asked to decide.',
  alert_subject: (action: string): string => `Nobody could be asked: ${action}`,
  alert_title: 'Nobody could be asked',
  alert_why: 'No message about this approval reached anybody who may decide it.',
  alert_todo: 'Nothing was approved. Decide it yourself or ask somebody who may, before it expires.',
  login_subject: 'Sign in to AgentWarden',
  login_title: 'Sign in to AgentWarden',
  login_body: (expires: string): string =>
    `Somebody, hopefully you, asked for this link. It works once and for ${expires}.`,
  login_ignore: 'Not you? Ignore this mail. Nobody gets in without the link.',
} as const;

export const pages = {
  login_title: 'Sign in',
  login_intro: 'You get a mail with a link that signs you in.',
  login_button: 'Mail me a link',
  login_sent_title: 'Look into your mail',
  login_sent:
    'If the address belongs to somebody here, a link is on its way, unless one that came before still works. Each works once and for 15 minutes. Nothing arrives? Look into the spam folder, then ask again.',
  login_sent_nowhere:
    'No mail server is set up here, so the mail lies in the outbox, which only who is signed in can open. Whoever runs this server prints a link with: npx agentwarden login-link, and the address.',
  login_link_title: 'Sign in to AgentWarden',
  login_link_intro: 'One more tap, so that a mail scanner cannot sign in for you.',
  /** By status, where a person reads what a program would be told otherwise. */
  problem_titles: { 401: 'Open the link again, or sign in', 404: 'There is nothing here for you' } as Record<
    number,
    string
  >,
  list_title: 'Waiting for you',
  list_empty: 'Nothing waits for your decision.',
  outbox_title: 'Outbox',
  outbox_intro: 'Messages that would have gone out, had mail, Slack and SMS been set up. Newest first.',
  outbox_empty: 'No message yet.',
  outbox_to: (channel: string, to: string): string =>
    `${isPersonalChannel(channel) ? CHANNELS[channel].label : channel} to ${to}`,
  not_yours: 'You may look at this request, but nobody asks you to decide it.',
  revoke_title: 'Take it back',
  cancel_title: 'Withdraw the request',
  cancel_hint: 'Ends it without a decision. The agent learns that it was cancelled, not denied.',
  list_back: 'See what waits for you',
  sent_again: 'Ask again',
  revoke_hint: 'Takes the approval back, as long as the agent has not used it.',
} as const;

/** Why a form decided nothing, and what a link that is not good says. */
export const refusals = {
  no_button: 'No button was chosen. Nothing was decided; choose one.',
  too_long: (what: 'comment' | 'reason', length: number, most: number): string =>
    `The ${what} has ${length} characters and may have ${most.toLocaleString('en')}.`,
  nothing_decided: 'Nothing was decided.',
  nothing_changed: 'Nothing was changed.',
  old_link_page: 'This page did not come from us, or is too old. Nothing was decided; look again and choose.',
  old_page: 'This page is too old, or was opened by somebody else. Nothing was decided; look again and choose.',
  may_not_cancel: 'Only an admin, or the person who requested this, can cancel it.',
  no_reason: 'Revoking needs a reason. Nothing was changed; write one and send it again.',
  link_not_opened:
    'This page belongs to a link, and this browser has not opened it. Nothing was decided. Open the link from your message again.',
  no_such_link_title: 'This link does not lead anywhere',
  no_such_link:
    'It is not one of ours, or it is so old that nothing is shown any more. Nothing happened.\nIf somebody waits for your decision, ask them, or sign in to see what waits for you.',
} as const;

/** Short, and without signs outside the GSM alphabet. */
export const sms = {
  request: (what: string): string => `Approve? ${what}.`,
  reminder: (what: string): string => `Still waiting: ${what}.`,
  alert: (what: string): string => `Nobody could be asked: ${what}.`,
  until: (moment: string): string => `Until ${moment}.`,
  review: 'Review:',
  see: 'See it after signing in:',
  with: (fields: string): string => `With ${fields}.`,
  behind: (count: number): string =>
    count === 0 ? 'No details given.' : `${plural(count, 'field')}: see them behind the link.`,
} as const;

export const slack = {
  personal:
    'The page decides, this message does not. A link that was sent to you decides in your name: do not pass it on.',
} as const;

/** Why an approval ended, after its colon. */
export const outcomes = {
  veto: 'this denial alone is enough',
  quorum_unreachable: 'too few people are left who could approve it',
  no_eligible_approver: 'nobody may approve it',
  level_timeout: 'a level ran out of time',
  request_ttl: 'nobody decided in time',
  agent_suspended: (agent: string): string => `${agent} was suspended`,
} as const;
