import { level, path, world } from './support/fixtures';
import { feasible } from './index';

const facts = world({ 'role:a': 'ana ben', 'role:b': 'ana', 'role:c': 'cem', 'role:none': '' });
const possible = (...levels: ReturnType<typeof level>[]) => feasible(levels, facts, 'forbid').feasible;

describe('can these levels be satisfied', () => {
  it.each([
    ['one level with enough people', true, [level('x', path('role:a', 2))]],
    ['one level with too few', false, [level('x', path('role:a', 3))]],
    ['overlapping pools', true, [level('x', path('role:a')), level('y', path('role:b'), { stage: 2 })]],
    [
      'overlapping pools, both needed twice',
      false,
      [level('x', path('role:a', 2)), level('y', path('role:b'), { stage: 2 })],
    ],
    ['empty role', false, [level('x', path('role:none'))]],
    ['unknown user', false, [level('x', path('user:nobody'))]],
    ['empty role beside another path', true, [level('x', [path('role:none'), path('role:c')])]],
    ['empty role with a fallback', true, [level('x', path('role:none'), { fallback: ['role:c'] })]],
    [
      'fallback that another level needs',
      false,
      [level('x', path('role:none'), { fallback: ['role:c'] }), level('y', path('role:c'))],
    ],
    [
      'fallback that would do for the second path only',
      false,
      [level('x', [path('role:none', 2), path('role:none', 1)], { fallback: ['role:c'] })],
    ],
    ['skipped level', true, [level('x', path('role:none'), { skipped: true }), level('y', path('role:c'))]],
    ['all skipped', false, [level('x', path('role:c'), { skipped: true })]],
    ['no level at all', false, []],
    ['all of nobody', false, [level('x', path('role:none', 'all'))]],
    ['zero', false, [level('x', path('role:a', 0))]],
  ])('%s: %s', (_, expected, levels) => {
    expect(possible(...levels)).toBe(expected);
  });

  it('with act_again each level is counted alone', () => {
    const levels = [level('x', path('role:b')), level('y', path('role:b'), { stage: 2 })];
    expect(feasible(levels, facts, 'forbid').feasible).toBe(false);
    expect(feasible(levels, facts, 'act_again').feasible).toBe(true);
  });

  it('returns for each level who could vote and how many are needed', () => {
    const levels = [
      level('x', [path('role:a', 'all'), path('role:c', 1)]),
      level('y', path('role:none', 'all'), { stage: 2, fallback: ['role:c'] }),
      level('z', path('role:a'), { stage: 3, skipped: true }),
    ];
    expect(feasible(levels, { members: facts.members, excluded: ['ben'] }, 'forbid')).toEqual({
      feasible: true,
      levels: [
        { name: 'x', stage: 1, skipped: false, pool: ['ana', 'cem'], needs: [1, 1], fallback_joined: false },
        { name: 'y', stage: 2, skipped: false, pool: ['cem'], needs: [1], fallback_joined: true },
        { name: 'z', stage: 3, skipped: true, pool: ['ana'], needs: [1], fallback_joined: false },
      ],
    });
  });
});
