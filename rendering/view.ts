/**
 * Builds the view: all that one reviewer sees of one approval at one moment. Every page and message is a pure function of it. Texts from
 * agents and people are already made visible (`spoofing.ts`), so renderers only escape them. The context is never shortened here.
 */
import {
  isInForce,
  type ApprovalState,
  type ApprovalStatus,
  type LevelSpec,
  type LevelStatus,
  type PersonId,
  type ReasonCode,
  type Risk,
  type Snapshot,
  type Vote,
  type VoteDecision,
} from '../domain/approval';
import { approvalJson } from '../domain/approval-json';
import { contentsOf, type Contents } from './context';
import { shortened, visible } from './spoofing';

/** The person to whom a link, a message or a session belongs. */
export interface Reviewer {
  id: PersonId;
  name: string;
  /** Shown beside the name, so that people notice a forwarded link. */
  address: string;
  /** An IANA name. An unknown one counts as UTC. */
  timezone: string;
  /** Name of the absent person whose seat the reviewer fills. */
  stands_in_for?: string | null;
}

export interface ViewOptions {
  /** Names of all people in the state (`peopleNamed`). A person without a name is shown by id. */
  names: ReadonlyMap<PersonId, string>;
  reviewer: Reviewer;
  now_ms: number;
  /** `PUBLIC_URL/approvals/apr_…`. */
  url: string;
  /** The level at which the reviewer is asked. Absent: the first open one. */
  link_level?: string | null;
}

export interface VoteView {
  by: string;
  /** Name of the person whose seat the vote fills, if it is not the voter's own. */
  seat_of: string | null;
  decision: VoteDecision;
  comment: string | null;
  at_ms: number;
  /** Cast by the reviewer. */
  own: boolean;
}

export interface PathView {
  /** Roles and addresses without `role:` and `user:`. */
  approvers: string[];
  need: number | 'all';
  approvals: number;
}

export interface LevelView {
  name: string;
  stage: number;
  status: LevelStatus;
  paths: PathView[];
  /** The votes in force, in the order in which they came. */
  votes: VoteView[];
  expires_at_ms: number | null;
}

export interface ApprovalView {
  approval_id: string;
  agent: string;
  /** Verbatim. Actions have only safe characters. */
  action: string;
  risk: Risk;
  context: Contents;
  digest: string;
  requester: string | null;
  on_behalf_of: string | null;
  /** Why people are asked, from the policy. */
  reason: string;
  created_at_ms: number;
  /** When the level or the whole request expires, whichever is first. */
  until_ms: number;
  status: ApprovalStatus;
  reason_code: ReasonCode | null;
  decided_at_ms: number | null;
  /** Name of the person whose vote or cancellation ended it. */
  decided_by: string | null;
  comment: string | null;
  levels: LevelView[];
  /** The level at which this reviewer is asked. Null before the request is opened. */
  level: LevelView | null;
  comment_rule: LevelSpec['comment'];
  /** The reviewer's vote in force at that level. */
  own_vote: VoteView | null;
  agent_says: Contents | null;
  delivery_failed: boolean;
  reviewer: Reviewer;
  now_ms: number;
  url: string;
}

const NAME_MAX = 80;
/** The reason in a policy may be long. It stands in no header and no heading. */
const SENTENCE_MAX = 500;

/** `role:support-lead` → `support-lead`, `user:ana@acme.example` → `ana@acme.example`. */
const selectorLabel = (selector: string): string => shortened(selector.replace(/^(role|user):/, ''), NAME_MAX);

const textOrNull = (text: string | null, max: number): string | null => (text === null ? null : shortened(text, max));

function voteView(vote: Vote, name: (id: PersonId) => string, reviewer: Reviewer): VoteView {
  return {
    by: name(vote.voter),
    seat_of: vote.seat_of === undefined ? null : name(vote.seat_of),
    decision: vote.decision,
    comment: vote.comment === null ? null : visible(vote.comment),
    at_ms: vote.at_ms,
    own: vote.voter === reviewer.id,
  };
}

function untilOf(snapshot: Snapshot, level: LevelView | null): number {
  return Math.min(snapshot.expires_at_ms, level?.expires_at_ms ?? Infinity);
}

/** The level that the link names, otherwise an open one, the one where the reviewer voted, or the last one. */
function levelFor(levels: readonly LevelView[], link_level: string | null): LevelView | null {
  return (
    levels.find((level) => level.name === link_level) ??
    levels.find((level) => level.status === 'open') ??
    levels.findLast((level) => level.votes.some((vote) => vote.own)) ??
    levels.at(-1) ??
    null
  );
}

export function buildView(snapshot: Snapshot, state: ApprovalState, options: ViewOptions): ApprovalView {
  const { names, now_ms, url } = options;
  const reviewer = {
    ...options.reviewer,
    name: shortened(options.reviewer.name, NAME_MAX),
    address: shortened(options.reviewer.address, 120),
    stands_in_for: textOrNull(options.reviewer.stands_in_for ?? null, NAME_MAX),
  };
  const name = (id: PersonId): string => shortened(names.get(id) ?? id, NAME_MAX);
  // The API's JSON counts the approvals, so a page never shows a different number.
  const json = approvalJson({
    snapshot,
    state,
    names: {},
    deliveries: [],
    grant: null,
    now_ms,
    viewer: 'person',
  });
  const votes = state.votes.filter(isInForce);
  const levels = json.levels.map((level, index): LevelView => ({
    name: shortened(level.name, NAME_MAX),
    stage: level.stage,
    status: level.status,
    paths: level.paths.map((path) => ({
      approvers: path.approvers.map(selectorLabel),
      need: path.approve,
      approvals: path.approvals,
    })),
    votes: votes.filter((vote) => vote.level === level.name).map((vote) => voteView(vote, name, reviewer)),
    expires_at_ms: state.levels[index]?.expires_at_ms ?? null,
  }));
  const level = levelFor(
    levels,
    options.link_level === null || options.link_level === undefined ? null : shortened(options.link_level, NAME_MAX),
  );
  const spec = snapshot.levels.find((candidate) => shortened(candidate.name, NAME_MAX) === level?.name);
  const local = { timezone: reviewer.timezone, now_ms };
  return {
    approval_id: snapshot.approval_id,
    agent: shortened(snapshot.agent.name, NAME_MAX),
    action: shortened(snapshot.action, 128),
    risk: snapshot.risk,
    context: contentsOf(snapshot.context, local),
    digest: snapshot.digest,
    requester: textOrNull(snapshot.requester, 254),
    on_behalf_of: textOrNull(snapshot.on_behalf_of, 254),
    reason: shortened(snapshot.reason, SENTENCE_MAX),
    created_at_ms: snapshot.created_at_ms,
    until_ms: untilOf(snapshot, level),
    status: state.status,
    reason_code: state.reason_code,
    decided_at_ms: state.decided_at_ms,
    decided_by: state.decided_by === null ? null : name(state.decided_by),
    comment: state.comment === null ? null : visible(state.comment),
    levels,
    level,
    comment_rule: spec?.comment ?? { on_approve: 'optional', on_deny: 'optional' },
    own_vote: level?.votes.find((vote) => vote.own) ?? null,
    agent_says: snapshot.display === null ? null : contentsOf(snapshot.display, local),
    delivery_failed: state.warnings.includes('delivery_failed'),
    reviewer,
    now_ms,
    url,
  };
}
