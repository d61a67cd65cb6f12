import fc from 'fast-check';
import type { JsonObject } from '../domain/approval';
import { levelState, NOW_MS, view } from '../tests/support/sample-approval';
import { renderSms, segments } from './sms';

const LINK = 'https://warden.acme.example/r/k1.payload.mac';
const KINDS = ['request', 'reminder', 'escalation', 'outcome', 'alert'] as const;
const sms = (context: JsonObject, name = 'devops-bot'): string =>
  renderSms(view({ snapshot: { context, agent: { id: 'x', name } } }), LINK, 'request');

describe('segments', () => {
  it.each([
    ['a'.repeat(160), 1],
    ['a'.repeat(161), 2],
    ['{'.repeat(80), 1],
    ['{'.repeat(81), 2],
    ['é'.repeat(160), 1],
    ['я'.repeat(70), 1],
    ['я'.repeat(71), 2],
    ['a'.repeat(100) + '“', 2],
  ])('are counted as carriers count (%#)', (text, count) => expect(segments(text)).toBe(count));
});

describe('a text message', () => {
  it('tells everything when everything is short and harmless', () => {
    expect(sms({ amount: 500, environment: 'production' })).toBe(
      `AgentWarden: Approve? deploy.production (devops-bot). With amount=500, environment=production. Medium risk. Until Fri 17:30 London. Review:\n${LINK}`,
    );
  });

  it('else only says how much waits behind the link', () => {
    for (const context of [
      { note: 'x'.repeat(500) },
      Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`key_number_${i}`, 'value'])),
    ]) {
      const text = sms(context);
      expect(text).toContain('Open the link to see');
      expect(text).not.toMatch(/xxx|key_number/);
    }
    expect(sms({})).toContain('No details given.');
  });

  it.each([
    ['a link', 'https://evil.example'],
    ['a host', 'evil.example'],
    ['an address', 'a@b'],
    ['a phone number', '+351 912 345 678'],
    ['a sentence', 'ok. Reply YES'],
    ['a line of its own', 'ok\nReply YES'],
    ['a character that cannot be seen', 'a\u200bb'],
    ['letters that look like others', 'pаypal'],
  ])('never repeats %s that an agent wrote', (_, value) => {
    expect(sms({ value })).not.toContain('With');
    expect(sms({ [value]: 1 })).not.toContain('With');
  });

  it('marks what cannot be seen in the alphabet of text messages', () => {
    const text = sms({ a: 1 }, 'bot\u202e');
    expect(text).toContain('(bot[U+202E])');
    expect(segments(text)).toBeLessThanOrEqual(2);
  });

  it.each([
    ['reminder', 'Still waiting: deploy.production (devops-bot).'],
    ['escalation', 'Approve? deploy.production (devops-bot).'],
    ['alert', 'No approver was reached: deploy.production (devops-bot).'],
  ] as const)('of kind %s begins with what it is', (kind, words) => {
    expect(renderSms(view(), LINK, kind)).toContain(`AgentWarden: ${words}`);
  });

  it('leads an admin who is alerted to the page behind the login', () => {
    expect(renderSms(view(), LINK, 'alert')).toMatch(/Until Fri 17:30 London\. Sign in to see it:\nhttps/);
  });

  it('tells the outcome', () => {
    const ended = view({
      state: {
        status: 'denied',
        reason_code: 'deny_threshold',
        decided_by: 'usr_ben',
        decided_at_ms: NOW_MS,
        levels: [levelState({ status: 'denied' })],
      },
    });
    expect(renderSms(ended, LINK, 'outcome')).toBe(
      `AgentWarden: Denied by Ben Okafor at 14:20. deploy.production (devops-bot)\n${LINK}`,
    );
  });

  it('ends in the whole link on its own line and can be sent, for any request', () => {
    const any = fc.record({
      name: fc.string({ unit: 'binary', maxLength: 200 }),
      context: fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })),
      kind: fc.constantFrom(...KINDS),
    });
    fc.assert(
      fc.property(any, ({ name, context, kind }) => {
        const text = renderSms(view({ snapshot: { agent: { id: 'x', name }, context } }), LINK, kind);
        expect(text.split('\n').at(-1)).toBe(LINK);
        expect(text.split('\n')).toHaveLength(2);
        expect(text.length).toBeLessThanOrEqual(1_600);
      }),
    );
  });

  it('refuses to send a link that is too long, and cuts nothing from it', () => {
    const long = `https://warden.acme.example/r/${'k'.repeat(1_600)}`;
    expect(() => renderSms(view(), long, 'request')).toThrow(/Nothing was sent. The link is too long/);
  });
});
