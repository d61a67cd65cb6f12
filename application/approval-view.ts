/** Builds the view of an approval that one reviewer gets. */
import type { StoredApproval } from '../db/approvals';
import { namesOf } from '../db/contacts';
import type { Person } from '../db/people';
import { delegatorName } from '../db/voting-rights';
import { isPersonalChannel, PERSONAL_CHANNELS, personalRow, type Channel } from '../domain/approval';
import { peopleNamed } from '../domain/approval-json';
import { buildView, type ApprovalView, type Reviewer } from '../rendering/view';
import type { Deps } from './deps';

/** The person's address on the channel. The page shows it, so that a forwarded link is recognised. */
export function addressOf(person: Person, channel?: Channel): string {
  const own = channel !== undefined && isPersonalChannel(channel) ? [channel] : [];
  const rows = [...own, ...PERSONAL_CHANNELS].map(personalRow).filter(({ readable }) => readable);
  return rows.flatMap(({ field }) => person[field])[0] ?? person.id;
}

export const reviewerOf = (person: Person, channel?: Channel): Reviewer => ({
  id: person.id,
  name: person.name,
  address: addressOf(person, channel),
  timezone: person.timezone,
});

export async function viewFor(
  deps: Deps,
  { snapshot, state }: StoredApproval,
  person: Person,
  { level, channel }: { level?: string | null; channel?: Channel } = {},
): Promise<ApprovalView> {
  const names = await namesOf(deps.db, [...peopleNamed(state, []), person.id]);
  const asked = { person: person.id, level: level ?? null, at_ms: deps.now() };
  const stands_in_for =
    level && state.status === 'pending' ? await delegatorName(deps.db, { snapshot, state }, asked) : null;
  return buildView(snapshot, state, {
    names: new Map(Object.entries(names)),
    reviewer: { ...reviewerOf(person, channel), stands_in_for },
    now_ms: deps.now(),
    url: `${deps.publicUrl}/approvals/${snapshot.approval_id}`,
    link_level: level ?? null,
  });
}
