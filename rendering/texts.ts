/**
 * All texts that pages and messages show. Sentence case, active voice, no exclamation marks. An error says what happened, what was
 * lost and what to do.
 */
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

/** Opens the titles of everything that asks for a decision. */
export const APPROVE = 'Approve?';

const SIGN_IN_TO_PRODUCT = `Sign in to ${PRODUCT}`;

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
  who: 'Who asked',
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
  email: 'Email address',
  why: 'Reason (optional)',
  why_required: 'Reason',
  change: 'Change my decision',
  decide: 'Decide now',
  older: 'Older',
} as const;

export const WARNING_WORDS: Record<WarningKind, string> = {
  hidden_characters: 'invisible characters',
  mixed_scripts: 'letters that imitate others',
  styled_letters: 'styled letters that imitate plain ones',
  disguised_link: 'a link that does not go where it seems to go',
  padding: 'a long run of blank space',
};

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en-GB')} ${count === 1 ? one : many}`;

/** `Ana`, `Ana and Ben`, `Ana, Ben and Cem`; after `most` names only how many more. */
export function listed(names: readonly string[], most = Infinity): string {
  const shown = names.length > most ? [...names.slice(0, most - 1), `${names.length - most + 1} more`] : names;
  return shown.length < 2 ? (shown[0] ?? '') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

export const words = {
  /** Stands between the agent and the action. An approval that has ended is past tense. */
  wants: (status: ApprovalStatus): string => (status === 'pending' ? 'wants to run' : 'asked to run'),
  /** The heading of the context. What was not approved does not run. */
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
  says_note: 'Written by the agent. Nobody checked it, and it is not part of what you approve.',
  no_context: 'The agent gave no context: the action runs without any details.',
  fields_shown: (shown: number, of: number): string => `${shown} of ${plural(of, 'field')} shown.`,
  characters_shown: (shown: number, of: number): string =>
    `${shown.toLocaleString('en-GB')} of ${plural(of, 'character')} shown.`,
  show_all: 'Show all',
  all_shown: 'All shown',
  open_first: 'To approve, first show all of what will run.',
  digest_note: 'The decision applies to exactly this content.',
  opens: (host: string): string => `Opens ${host}`,
  goes_to: (host: string): string => `Goes to ${host}`,
  signed_in_as: (other: string, name: string): string =>
    `This browser is signed in as ${other}, but the link was sent to ${name}. A decision on this page counts as ${name}’s decision.`,
  link_for: (name: string): string => `This link was sent to ${name}.`,
  not_me_hint: '“Not me” leaves the decision to somebody else.',
  to_decision: 'Go to your decision',
  too_late: 'Too late: your decision was not counted.',
  closing: 'You can close this page.',
  change_hint: 'You can change your decision until the level is decided.',
  again_hint: 'Network trouble? Send it again: it counts only once.',
  told: (agent: string): string => `${agent} was told.`,
  level: (name: string): string => `Level ${name}`,
  voted: (name: string, decision: VoteDecision, when: string): string => `${name} ${VOTE_WORDS[decision]} ${when}`,
  in_seat: (seat: string): string => ` for ${seat}`,
  ended_by: (name: string): string => ` by ${name}`,
  by: (decision: VoteDecision, names: string): string =>
    `${{ approve: 'Approved', deny: 'Denied', pass: 'Passed' }[decision]} by ${names}`,
  progress: (have: number, need: number | 'all'): string => `${have} of ${need}`,
  of_whom: (names: string): string => `from ${names}`,
  or: 'or',
  request_is: (ending: Ending): string => `The request is ${ENDING_WORDS[ending].toLowerCase()}`,
  level_is: (name: string, status: keyof typeof LEVEL_WORDS): string => `Level ${name} is ${LEVEL_WORDS[status]}.`,
  next_levels: (names: string): string => ` Next: ${names}.`,
  so_far: (progress: string): string => `${progress} so far. Others still have to decide.`,
  escalated: 'Nobody has decided yet, so you are asked too.',
  reminder: (when: string): string => `Still waiting for a decision. The request expires ${when}.`,
  delivery_failed: 'Some approvers could not be reached.',
} as const;

export const comments = {
  optional: 'Comment (optional)',
  approve: 'Comment (required to approve)',
  deny: 'Comment (required to deny)',
  both: 'Comment (required)',
} as const;

export const results = {
  approve: (when: string): string => `Your approval counted ${when}.`,
  deny: (when: string): string => `Your denial counted ${when}.`,
  pass: (when: string): string => `You passed ${when}. Somebody else decides.`,
  report: (when: string): string =>
    `Your report was recorded ${when}. A report is not a decision: deny the request if it should not run.`,
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
  intro: (risk: string): string => `${risk}: confirm your choice. Nothing has been decided yet.`,
} as const;

export const mails = {
  subject: (risk: Risk, action: string, agent: string): string =>
    `${HIGH_RISKS.includes(risk) ? `[${RISK_WORDS[risk]}] ` : ''}${APPROVE} ${action} · ${agent}`,
  rest_on_page: (shown: number, of: number): string =>
    `${shown} of ${plural(of, 'field')} shown. Open the link to see all of them.`,
  personal: 'This link is personal: anybody who opens it can decide in your name. Do not forward it.',
  no_decision: 'Opening the link does not decide anything.',
  see: 'See the approval',
  outcome_why: 'You get this email because you were asked to decide.',
  alert_subject: (action: string): string => `No approver was reached: ${action}`,
  alert_why: 'No message about this request reached anybody who may decide it.',
  alert_todo: 'Nothing was approved. Before it expires, decide it yourself or ask somebody who may.',
  login_title: SIGN_IN_TO_PRODUCT,
  login_body: (expires: string): string =>
    `You, or somebody who typed your address, asked for this link. It works once, for ${expires}.`,
  login_ignore: 'Not you? Ignore this email. Nobody can sign in without the link.',
} as const;

export const pages = {
  login_intro: 'We email you a link that signs you in.',
  login_button: 'Email me a link',
  login_bad_address: 'This is not an email address. Nothing was sent. Correct it and try again.',
  login_sent_title: 'Check your email',
  login_sent: (works_for: string): string =>
    `If this address belongs to somebody here, a link is on its way, or an earlier link still works. Each link works once, for ${works_for}.`,
  login_sent_hint: 'No email? Check the spam folder, then ask again.',
  login_sent_to_outbox:
    'No mail server is configured here, so the email waits in the outbox, which only a signed-in admin can open. The operator of this server can print a link: npx agentwarden login-link you@company.example',
  login_again: 'Ask again',
  login_link_title: SIGN_IN_TO_PRODUCT,
  login_link_intro: 'One more tap. It keeps mail scanners, which open links by themselves, from signing in as you.',
  login_dead_link_title: 'This sign-in link does not work',
  login_dead_link: 'It was used already, has expired, or did not come from this server. Nothing happened.',
  login_new_link: 'Ask for a new link',
  /** Titles of problems that a person meets on a page, by HTTP status. */
  problem_titles: { 401: 'Open the link again, or sign in', 404: 'Not found, or not yours to see' } as Record<
    number,
    string
  >,
  /** Lets an operator find the error in the log. */
  request: (request_id: string): string => `Request ${request_id}`,
  list_title: 'Waiting for you',
  list_empty: 'Nothing is waiting for your decision.',
  outbox_title: 'Outbox',
  outbox_intro: 'Messages that were not sent, because their channel is not configured. Newest first.',
  outbox_empty: 'No messages yet.',
  outbox_to: (channel: string, to: string): string =>
    `${isPersonalChannel(channel) ? CHANNELS[channel].label : channel} to ${to}`,
  not_yours: 'You can view this request, but you are not asked to decide it.',
  revoke_title: 'Should this not run after all?',
  cancel_title: 'No longer needed?',
  cancel_hint: 'Ends the request without a decision. The agent learns that it was cancelled, not denied.',
  list_back: 'See what is waiting for you',
  revoke_hint: 'Revokes the approval. This works until the agent has used it.',
} as const;

/** Why a form changed nothing, and what a link that does not work says. */
export const refusals = {
  no_button: 'Nothing was decided, because no button was pressed. Choose one.',
  too_long: (what: 'comment' | 'reason', length: number, most: number): string =>
    `The ${what} has ${length.toLocaleString('en-GB')} characters; at most ${most.toLocaleString('en-GB')} are allowed.`,
  nothing_decided: 'Nothing was decided.',
  nothing_changed: 'Nothing was changed.',
  old_link_page:
    'This page is out of date, or did not come from this server. Nothing was decided. Look again and choose.',
  old_page: 'This page is out of date, or belongs to another session. Nothing was decided. Look again and choose.',
  may_not_cancel: 'Only an admin or the requester can cancel this request.',
  no_reason: 'Revoking requires a reason. Nothing was changed. Write one and send it again.',
  link_not_opened:
    'This page works only in the browser that opened its link. Nothing was decided. Open the link from your message again.',
  no_such_link_title: 'This link does not work',
  no_such_link:
    'It has expired, or did not come from this server. Nothing happened.\nIs somebody waiting for your decision? Ask them, or sign in to see what is waiting for you.',
} as const;

/** Short, and only characters of the GSM alphabet: any other character halves the length of a segment. */
export const sms = {
  request: (what: string): string => `${APPROVE} ${what}.`,
  reminder: (what: string): string => `Still waiting: ${what}.`,
  alert: (what: string): string => `No approver was reached: ${what}.`,
  until: (moment: string): string => `Until ${moment}.`,
  review: 'Review:',
  see: 'Sign in to see it:',
  with: (fields: string): string => `With ${fields}.`,
  behind: (count: number): string =>
    count === 0 ? 'No details given.' : `Open the link to see ${plural(count, 'field')}.`,
} as const;

export const slack = {
  personal:
    'You decide on the page, not in this message. A link that was sent to you alone is personal: do not forward it.',
} as const;

/** Why an approval ended. Each stands after a colon. */
export const outcomes = {
  veto: 'this denial alone is enough',
  quorum_unreachable: 'too few people are left who could approve it',
  no_eligible_approver: 'there is nobody who may approve it',
  level_timeout: 'a level was not decided in time',
  request_ttl: 'nobody decided in time',
  agent_suspended: (agent: string): string => `${agent} was suspended`,
} as const;
