import fc from 'fast-check';
import type { JsonObject } from '../domain/approval';
import { levelState, NOW_MS, view, vote } from '../tests/support/sample-approval';
import { escapeMrkdwn, renderSlack, SLACK_LIMITS, type SlackBlock, type SlackMessage } from './slack';

const LINK = 'https://warden.acme.example/r/k1.payload.mac';
const KINDS = ['request', 'reminder', 'escalation', 'outcome', 'alert'] as const;

/** Every text object, wherever it stands. */
function texts(blocks: readonly SlackBlock[]): { type: string; text: string }[] {
  return blocks.flatMap((block) => {
    if (block.type === 'divider') return [];
    if (block.type === 'actions') return block.elements.map((element) => element.text);
    return block.type === 'context' ? block.elements : [block.text];
  });
}

function expectWithinLimits({ text, blocks }: SlackMessage): void {
  expect(text.length).toBeLessThanOrEqual(SLACK_LIMITS.fallback);
  expect(blocks.length).toBeLessThanOrEqual(SLACK_LIMITS.blocks);
  for (const part of texts(blocks)) {
    expect(part.text.length).toBeGreaterThan(0);
    expect(part.text.length).toBeLessThanOrEqual(SLACK_LIMITS.text);
    expect(part.type).toBe('plain_text');
  }
  for (const block of blocks)
    if (block.type === 'header') expect(block.text.text.length).toBeLessThanOrEqual(SLACK_LIMITS.header);
}

describe('a Slack message', () => {
  const message = renderSlack(
    view({ snapshot: { risk: 'high', display: { summary: 'Routine.' } }, state: { votes: [vote()] } }),
    LINK,
    'request',
  );

  it('has its sections in the shared order and ends with the one button', () => {
    const all = texts(message.blocks)
      .map(({ text }) => text)
      .join('\n');
    const parts = [
      '[High risk] Approve? deploy.production · devops-bot',
      'devops-bot wants to run',
      'What will run',
      'version: v2.1.0',
      'Digest sha256:',
      'Who asked',
      'Where it stands',
      'Approved by Ben Okafor',
      'The agent says',
      'Routine.',
      'Review',
    ];
    const positions = parts.map((part) => all.indexOf(part));
    expect(positions).not.toContain(-1);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    const buttons = message.blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []));
    expect(buttons).toEqual([
      {
        type: 'button',
        text: { type: 'plain_text', text: 'Review', emoji: false },
        url: LINK,
        action_id: 'review',
        style: 'primary',
      },
    ]);
  });

  it('never lets an agent mention anybody or make a link', () => {
    const nasty = '<!channel> <https://evil.example|click> :tada: *bold* &';
    const made = renderSlack(
      view({
        snapshot: { agent: { id: 'x', name: nasty }, context: { [nasty]: nasty }, display: { nasty }, reason: nasty },
      }),
      LINK,
      'request',
    );
    expect(made.text).not.toMatch(/[<>]/);
    expect(made.text).toContain('&lt;!channel&gt;');
    expectWithinLimits(made);
    expect(escapeMrkdwn('<@U1> & <#C1>')).toBe('&lt;@U1&gt; &amp; &lt;#C1&gt;');
  });

  it('says what is left out of a long context, and what cannot be seen', () => {
    const context: JsonObject = {
      trap: 'a\u202eb',
      ...Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, 'value'.repeat(10)])),
    };
    const all = texts(renderSlack(view({ snapshot: { context } }), LINK, 'request').blocks)
      .map(({ text }) => text)
      .join('\n');
    expect(all).toMatch(/of 301 fields shown\. Open the link to see all of them\./);
    expect(all).toContain('trap: invisible characters, U+202E');
  });

  it('names six warnings and counts the others', () => {
    const context: JsonObject = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`k${i}`, 'x\u200b']));
    const [box] = texts(renderSlack(view({ snapshot: { context } }), LINK, 'request').blocks).filter(({ text }) =>
      text.startsWith('⚠'),
    );
    expect(box!.text).toMatch(/^⚠ Look twice: 9 things.*\n• k0: .*• k5: .*\n• and 3 more$/s);
  });

  it('keeps the documented limits for any request and kind', () => {
    const wild = fc.string({ unit: 'binary', maxLength: 4_000 });
    const any = fc.record({
      name: wild,
      reason: wild,
      context: fc.dictionary(wild, wild, { maxKeys: 6 }),
      kind: fc.constantFrom(...KINDS),
    });
    const crowd = Array.from({ length: 60 }, (_, i) =>
      vote({ id: `v${i}`, voter: `usr_${i}`, comment: 'c'.repeat(2_000) }),
    );
    const levels = Array.from({ length: 10 }, (_, i) => levelState({ name: `level-${i}`.repeat(20) }));
    fc.assert(
      fc.property(any, ({ name, reason, context, kind }) => {
        expectWithinLimits(
          renderSlack(
            view({
              snapshot: { agent: { id: 'x', name }, reason, context, display: context },
              state: { votes: crowd, levels },
            }),
            LINK,
            kind,
          ),
        );
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['reminder', 'Still waiting for a decision.'],
    ['escalation', 'Nobody has decided yet'],
    ['alert', 'No message about this request reached anybody who may decide it.'],
  ] as const)('of kind %s says first what it is', (kind, words) => {
    const made = renderSlack(view(), LINK, kind);
    expect(texts(made.blocks)[1]!.text).toContain(words);
    expect(made.text).toContain(words);
  });

  it('tells the outcome and leads to the approval', () => {
    const ended = view({
      state: {
        status: 'approved',
        reason_code: 'quorum',
        decided_by: 'usr_ana',
        decided_at_ms: NOW_MS,
        levels: [levelState({ status: 'approved' })],
      },
    });
    const made = renderSlack(ended, ended.url, 'outcome');
    expect(made.text).toContain('Approved by Ana Lima at 14:20. devops-bot was told.');
    expect(JSON.stringify(made.blocks)).not.toContain('Review');
  });
});
