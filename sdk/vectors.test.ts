import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { PROBLEMS } from '../api/http/problems';
import type { JsonObject } from '../domain/approval';
import { canonical, checkContext, digestOf, parseStrict } from '../domain/digest';
import { AgentWardenError, ERROR_CODES } from '../domain/errors';

interface Vectors {
  digests: { name: string; agent_id: string; action: string; context: JsonObject; canonical: string; digest: string }[];
  refused: { name: string; json: string; path: string }[];
  webhooks: {
    name: string;
    secret: string;
    id: string;
    timestamp: number;
    body: string;
    signature: string;
    valid: boolean;
  }[];
  errors: { code: string; status: number }[];
}

// Read as a request is read, so that every context in it is one that an agent may send.
const vectors = parseStrict(readFileSync(join(__dirname, 'vectors.json'))) as unknown as Vectors;

describe('the digests', () => {
  test.each(vectors.digests)('$name', ({ agent_id, action, context, canonical: text, digest }) => {
    expect(canonical({ agent_id, action, context })).toBe(text);
    expect(digestOf({ agent_id, action, context })).toBe(digest);
  });

  test.each(vectors.digests)('is within the limits: $name', ({ context }) => {
    expect(() => checkContext(context)).not.toThrow();
  });

  test('only what means the same has the same digest', () => {
    const names = new Map<string, string[]>();
    for (const { name, digest } of vectors.digests) names.set(digest, [...(names.get(digest) ?? []), name]);
    const same = [...names.values()].filter((group) => group.length > 1);
    expect(same).toEqual([
      ['keys in the order of the alphabet', 'the same keys in another order', 'the same number spelled otherwise'],
    ]);
  });
});

test.each(vectors.refused)('refused at $path: $name', ({ json, path }) => {
  const refusal = () => parseStrict(json);
  expect(refusal).toThrow(AgentWardenError);
  expect(refusal).toThrow(
    expect.objectContaining({
      code: 'invalid_request',
      facts: { errors: expect.arrayContaining([expect.objectContaining({ path })]) as unknown },
    }),
  );
});

describe('the webhook signatures', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  test.each(vectors.webhooks)('$name: valid $valid', ({ secret, id, timestamp, body, signature, valid }) => {
    jest.setSystemTime(timestamp * 1000);
    const headers = { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signature };
    const verify = () => new Webhook(secret).verify(body, headers);
    if (valid) expect(verify()).toEqual(JSON.parse(body));
    else expect(verify).toThrow('No matching signature found');
  });
});

test('the errors are all codes of the server, each with the status that it answers', () => {
  expect(vectors.errors.map(({ code }) => code)).toEqual([...ERROR_CODES]);
  expect(vectors.errors).toEqual(ERROR_CODES.map((code) => ({ code, status: PROBLEMS[code].status })));
});
