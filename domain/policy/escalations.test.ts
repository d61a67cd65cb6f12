/** Each kind of escalation is read from the policy, has an effect, and is explained in the guide of the language. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EscalationSpec } from '../approval';
import { HOUR_MS, snapshotOf, START_MS, Story, world } from '../approval/support/fixtures';
import { levelInstants } from '../calendar';
import { check } from '../evaluate/support/check';

/** One example of each kind. A new kind does not compile until it has one. */
const KINDS: Required<Omit<EscalationSpec, 'after'>> = {
  add: ['role:manager'],
  replace: ['role:manager'],
  extend: '1h',
};

const policyWith = (escalation: object): string => `
rules: [{ id: all, action: pay, effect: require_approval, flow: pay }]
flows:
  pay:
    levels:
      - name: team
        approvers: [role:team]
        timing: { expire_in: 8h, escalate: [${JSON.stringify({ after: '1h', ...escalation })}] }
`;

test.each(Object.entries(KINDS))('%s', (kind, value) => {
  const { plan } = check(policyWith({ [kind]: value }), { action: 'pay' });
  const [level] = plan!.levels;
  expect(level!.timing.escalate).toEqual([{ after: '1h', [kind]: value }]);

  const told = new Story(
    snapshotOf(plan!.levels),
    world(
      { 'role:team': 'ana', 'role:manager': 'mia' },
      { openings: { team: levelInstants(level!, plan!.calendars, START_MS) } },
    ),
  ).open();
  const [before] = told.state.levels;
  const { state, deliveries } = told.clock(2);
  const [after] = state.levels;
  const effect = { paths: after!.paths, end: after!.expires_at_ms, deliveries };
  expect(effect).not.toEqual({ paths: before!.paths, end: before!.expires_at_ms, deliveries: [] });
  expect(after!.expires_at_ms! - START_MS).toBe((kind === 'extend' ? 9 : 8) * HOUR_MS);

  const guide = readFileSync(join(__dirname, '../../docs/concepts/policy.md'), 'utf8');
  expect(guide).toMatch(new RegExp(`\\{ after: \\w+,[^}]*\\b${kind}:`));
});
