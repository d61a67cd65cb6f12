import { attribute, bodyText, select } from '../../tests/support/read-html';
import { visible } from '../spoofing';
import { renderOutboxPage, type OutboxMessage } from './outbox';

const NOW_MS = Date.UTC(2026, 9, 23, 13, 20);
const OPTIONS = { now_ms: NOW_MS, timezone: 'UTC', public_url: 'http://127.0.0.1:8080/' };
const message = (over: Partial<OutboxMessage> = {}): OutboxMessage => ({
  id: 'dlv_1',
  at_ms: NOW_MS - 60_000,
  channel: 'email',
  to: 'ana@acme.example',
  subject: 'Approve? x',
  text: 'hi',
  ...over,
});

describe('the outbox', () => {
  it('shows each message as it would have gone out', () => {
    const text = bodyText(
      renderOutboxPage(
        [message(), message({ id: 'dlv_2', subject: null, channel: 'sms', to: '+351912345678' })],
        OPTIONS,
      ),
    );
    expect(text).toContain('Approve? x Email to ana@acme.example · 1 min ago (Fri 13:19 UTC) hi');
    expect(text).toContain('SMS to +351912345678 1 min ago (Fri 13:19 UTC) hi');
  });

  it('makes only our own links clickable', () => {
    const ours = 'http://127.0.0.1:8080/r/k1.abc';
    const others = [
      'http://127.0.0.1:8080.evil.example/r/x',
      'http://127.0.0.1:8080@evil.example/',
      'https://127.0.0.1:8080/r/x',
      'http://evil.example/http://127.0.0.1:8080/r/x',
      'javascript:alert(1)',
    ];
    const page = renderOutboxPage([message({ text: [ours, ...others].join('\n') })], OPTIONS);
    expect(select(page, 'a').map((link) => attribute(link, 'href'))).toEqual(['/approvals', ours]);
  });

  it('marks what cannot be seen and escapes the rest', () => {
    const page = renderOutboxPage([message({ text: '<img src=x>\u202e', subject: 'a\nb', to: '<b>' })], OPTIONS);
    expect(select(page, 'img')).toEqual([]);
    expect(bodyText(page)).toContain('<img src=x>⟦U+202E⟧');
    expect(bodyText(page)).toContain('a⟦U+000A⟧b');
  });

  it('marks once what was marked when it was sent', () => {
    const sent = { text: `pay ${visible('\u202egpj\u27e6x')}`, subject: `Approve? ${visible('a\u200bb')}` };
    const text = bodyText(renderOutboxPage([message(sent)], OPTIONS));
    expect(text).toContain('pay ⟦U+202E⟧gpj⟦U+27E6⟧x');
    expect(text).toContain('Approve? a⟦U+200B⟧b');
    expect(text).not.toContain('U+27E6⟧U');
  });

  it('says so when it is empty', () => expect(bodyText(renderOutboxPage([], OPTIONS))).toContain('No messages yet.'));
});
