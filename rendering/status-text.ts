/** The status of an approval in words: times, levels, votes and the outcome, the same on every page and in every message. */
import type { VoteDecision } from '../domain/approval';
import { ENDING_WORDS, LEVEL_WORDS, listed, outcomes, words } from './texts';
import { clock, fromNow, moment } from './times';
import type { ApprovalView, LevelView, PathView, VoteView } from './view';

/** `in 3 h 10 min (Fri 17:30 London)`. */
export const when = (view: ApprovalView, at_ms: number): string =>
  `${fromNow(at_ms, view.now_ms)} (${moment(at_ms, view.now_ms, view.reviewer.timezone)})`;

/** `at 14:03` today, otherwise `on Fri 17:30 London`. */
export function at(view: ApprovalView, at_ms: number): string {
  const { timezone } = view.reviewer;
  const sameDay =
    moment(at_ms, view.now_ms, timezone).split(' ')[0] === moment(view.now_ms, view.now_ms, timezone).split(' ')[0];
  return sameDay && Math.abs(view.now_ms - at_ms) < 86_400_000
    ? `at ${clock(at_ms, timezone)}`
    : `on ${moment(at_ms, view.now_ms, timezone)}`;
}

const MOST_APPROVERS = 4;

/** `1 of 2 from support-lead`. */
const pathText = (path: PathView): string =>
  `${words.progress(path.approvals, path.need)} ${words.of_whom(listed(path.approvers, MOST_APPROVERS))}`;

/** `1 of 2`, for the path that lacks the fewest approvals. */
export function progress(level: LevelView): string {
  const missing = (path: PathView): number => (path.need === 'all' ? Infinity : path.need - path.approvals);
  const nearest = level.paths.toSorted((a, b) => missing(a) - missing(b))[0];
  return nearest === undefined ? '' : words.progress(nearest.approvals, nearest.need);
}

const needs = (level: LevelView): string => level.paths.map(pathText).join(`, ${words.or} `);

/** `1 of 2 from sre`, `not needed`, `comes later, 0 of 1 from cfo`. */
export function levelStatus(level: LevelView): string {
  if (level.status === 'open') return needs(level);
  return level.status === 'waiting' ? `${LEVEL_WORDS.waiting}, ${needs(level)}` : LEVEL_WORDS[level.status];
}

/** `Level platform: 1 of 2 from sre`. */
export const levelLine = (level: LevelView): string => `${words.level(level.name)}: ${levelStatus(level)}`;

const voter = (vote: VoteView): string => vote.by + (vote.seat_of === null ? '' : words.in_seat(vote.seat_of));

/** One line for all votes of a decision without a comment, then one line for each vote with a comment. */
export function voteLines(view: ApprovalView, level: LevelView): { line: string; comment: string | null }[] {
  const silent = (decision: VoteDecision): { line: string; comment: null }[] => {
    const names = level.votes.filter((vote) => vote.decision === decision && vote.comment === null).map(voter);
    return names.length === 0 ? [] : [{ line: words.by(decision, listed(names)), comment: null }];
  };
  const commented = level.votes.filter((vote) => vote.comment !== null);
  return [
    ...silent('approve'),
    ...silent('deny'),
    ...silent('pass'),
    ...commented.map((vote) => ({
      line: words.voted(voter(vote), vote.decision, at(view, vote.at_ms)),
      comment: vote.comment,
    })),
  ];
}

/** Who ended the approval, and the reason unless it is obvious. */
function because(view: ApprovalView): { by: string; why: string } {
  const by = view.decided_by === null ? '' : words.ended_by(view.decided_by);
  switch (view.reason_code) {
    case 'veto':
      return { by, why: outcomes.veto };
    case 'quorum_unreachable':
      return { by: '', why: outcomes.quorum_unreachable };
    case 'no_eligible_approver':
      return { by: '', why: outcomes.no_eligible_approver };
    case 'level_timeout':
      return { by: '', why: outcomes.level_timeout };
    case 'request_ttl':
      return { by: '', why: outcomes.request_ttl };
    case 'requester_cancelled':
      return { by: words.ended_by(view.agent), why: '' };
    case 'agent_suspended':
      return { by, why: outcomes.agent_suspended(view.agent) };
    default:
      return { by, why: '' };
  }
}

/** `Approved by Ana at 14:03.`, `Expired at 14:03: nobody decided in time.` Empty while the approval is pending. */
export function outcomeSentence(view: ApprovalView): string {
  if (view.status === 'pending') return '';
  const { by, why } = because(view);
  const time = view.decided_at_ms === null ? '' : ` ${at(view, view.decided_at_ms)}`;
  return `${ENDING_WORDS[view.status]}${by}${time}${why === '' ? '' : `: ${why}`}.`;
}

/** The effect of a vote: `2 of 2: approved. devops-bot was told.` */
export function consequence(view: ApprovalView): string {
  const level = view.level;
  if (view.status !== 'pending') {
    const count = level !== null && level.paths.length > 0 ? `${progress(level)}: ` : '';
    const ending =
      view.status === 'approved' ? `${count}${ENDING_WORDS.approved.toLowerCase()}` : words.request_is(view.status);
    return `${ending}. ${words.told(view.agent)}`;
  }
  if (level === null) return '';
  if (level.status === 'open') return words.so_far(progress(level));
  const next = view.levels.filter((other) => other.status === 'open').map((other) => other.name);
  return `${words.level_is(level.name, level.status)}${next.length === 0 ? '' : words.next_levels(listed(next))}`;
}
