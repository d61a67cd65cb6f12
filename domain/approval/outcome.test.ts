import { alreadyDecided, initialState, outcomeOf, type ApprovalState } from './index';
import { level, path, snapshotOf } from './support/fixtures';

const denied: ApprovalState = {
  ...initialState(snapshotOf([level('team', path('role:lead'))])),
  status: 'denied',
  reason_code: 'veto',
  decided_by: 'usr_ana',
  decided_at_ms: Date.UTC(2026, 0, 2),
  comment: 'not on a Friday',
};

describe('the outcome of an approval', () => {
  it('names the decider and the time', () => {
    expect(outcomeOf(denied, { usr_ana: 'Ana' })).toEqual({
      status: 'denied',
      reason_code: 'veto',
      decided_by: { id: 'usr_ana', name: 'Ana' },
      decided_at: '2026-01-02T00:00:00.000Z',
    });
  });

  it('shows a decider without a name by id, and null when a deadline ended the approval', () => {
    expect(outcomeOf(denied).decided_by).toEqual({ id: 'usr_ana', name: 'usr_ana' });
    expect(outcomeOf({ ...denied, decided_by: null }).decided_by).toBeNull();
  });
});

describe('the refusal of a late command', () => {
  it('carries the outcome, and names the decider where the name is known', () => {
    expect(alreadyDecided(denied, { usr_ana: 'Ana' })).toEqual({
      code: 'already_decided',
      message: 'This approval has ended: it was denied by Ana. Nothing was changed.',
      outcome: outcomeOf(denied, { usr_ana: 'Ana' }),
    });
    expect(alreadyDecided(denied).message).toBe('This approval has ended: it was denied. Nothing was changed.');
  });
});
