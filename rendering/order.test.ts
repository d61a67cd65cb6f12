import { inOrder, SECTIONS } from './order';

describe('the order of the sections', () => {
  it('is what will run, its context, who asked, the status, the agent’s words, the decision', () => {
    expect(SECTIONS).toEqual(['run', 'context', 'who', 'status', 'agent_says', 'decision']);
  });

  it('does not depend on the order in which a renderer names its sections', () => {
    const sections = { decision: 6, agent_says: 5, run: 1, status: 4, context: 2, who: 3 };
    expect(inOrder(sections)).toEqual([1, 2, 3, 4, 5, 6]);
  });
});
