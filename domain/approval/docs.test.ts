/** Replays the stories of docs/concepts/approval.md: the same commands give the same answers, levels and messages. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { levelInstants } from '../calendar';
import { check } from '../evaluate/support/check';
import { voteRequest, snapshotOf, Story, world } from './support/fixtures';
import { tally, type Command, type LevelState, type VoteDecision } from './index';

const page = readFileSync(join(__dirname, '../../docs/concepts/approval.md'), 'utf8');

/** The cells of a table, without its header rows. */
const rowsOf = (text: string): string[][] =>
  [...text.matchAll(/^\|(.*)\|$/gm)].map(([, row]) => row!.split('|').map((cell) => cell.trim())).slice(2);

const policy = /```yaml\n([\s\S]*?)```/.exec(page)![1]!;
const members = Object.fromEntries(
  rowsOf(/^\| role [\s\S]*?\n\n/m.exec(page)![0]).map(([role, names]) => [
    `role:${role!.replaceAll('`', '')}`,
    names!.replaceAll(',', ''),
  ]),
);
const stories = page
  .split(/^### /m)
  .filter((section) => section.includes('| time '))
  .map((section) => [section.split('\n')[0]!, rowsOf(section)] as const);

/** Reads `Mon 11:50` as a time in London. The stories begin on Friday, 20 November 2026. */
function instant(time: string): number {
  const [, day, hours, minutes] = /^(\w{3}) (\d\d):(\d\d)$/.exec(time)!;
  const days = ['Fri', 'Sat', 'Sun', 'Mon', 'Tue'].indexOf(day!);
  return Date.UTC(2026, 10, 20 + days, Number(hours), Number(minutes));
}

function commandOf(words: string, at_ms: number): Command {
  if (words === 'opened' || words === 'clock') return { type: words, at_ms };
  const [, voter, verb] = /^(\w+) (approve|denie|passe)s/.exec(words)!;
  const decision = { approve: 'approve', denie: 'deny', passe: 'pass' }[verb!] as VoteDecision;
  return { type: 'vote', at_ms, vote: voteRequest(voter!, decision) };
}

function answerOf({ last: { vote, refusal } }: Story): string {
  if (refusal) return `\`${refusal.code}\``;
  if (!vote) return '';
  if (!vote.counted) return 'repeated';
  return vote.replaced === null ? 'counted' : 'counted, replaces';
}

/** Describes an open level by its paths: `team: 1 of 2 or 0 of 1`. */
function levelOf(level: LevelState, { state }: Story): string {
  if (level.status !== 'open') return `${level.name}: ${level.status}`;
  const paths = tally(level, state.votes).paths.map(({ approvals, need }) => `${approvals} of ${need}`);
  return `${level.name}: ${paths.join(' or ')}`;
}

function deliveriesOf({ last: { deliveries } }: Story): string {
  const kinds = [...new Set(deliveries.map(({ kind }) => kind))];
  return kinds
    .map(
      (kind) =>
        `${kind}: ${deliveries.flatMap((delivery) => (delivery.kind === kind ? [delivery.person] : [])).join(', ')}`,
    )
    .join('; ');
}

test.each(stories)('%s', (_, rows) => {
  const begun_ms = instant(rows[0]![0]!);
  const { plan } = check(policy, { action: 'refund.create', context: { amount: 2000 }, now_ms: begun_ms });
  const { levels, calendars, separation, expires_at_ms } = plan!;
  const told = new Story(snapshotOf(levels, { calendars, separation, expires_at_ms }), world(members));
  const happened = rows.map(([time, words]) => {
    const at_ms = instant(time!);
    told.facts.openings = Object.fromEntries(
      levels.map((level) => [level.name, levelInstants(level, calendars, at_ms)]),
    );
    told.apply(commandOf(words!, at_ms));
    const now = told.state.levels.map((level) => levelOf(level, told));
    return [time, words, answerOf(told), now.join('; '), deliveriesOf(told)];
  });
  expect(happened).toEqual(rows);
});
