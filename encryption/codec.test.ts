import { ApplicationFailure, defaultPayloadConverter, type Payload } from '@temporalio/common';
import {
  decodeOptionalFailureToOptionalError,
  decodeOptionalSinglePayload,
  encodeErrorToFailure,
  encodeToPayload,
  loadDataConverter,
} from '@temporalio/common/lib/internal-non-workflow';
import { createCodec, createDataConverter } from './codec';
import { derivedPayloadKeys, type SecretKey } from './keys';

const key = (kid: string, fill: number): SecretKey => ({ kid, secret: Buffer.alloc(32, fill) });
const converterOf = (...keys: SecretKey[]) => loadDataConverter(createDataConverter(keys));
const converter = converterOf(key('p1', 1));
const SECRET = { context: { amount: 120.5, customer: 'ana@acme.example' }, nothing: null, list: [1, 'é'] };

const readable = (value: unknown): string =>
  JSON.stringify(value, (_name, item: unknown) =>
    item instanceof Uint8Array || (item as { type?: string } | null)?.type === 'Buffer'
      ? Buffer.from(item as Uint8Array).toString('latin1')
      : item,
  );

describe('a payload', () => {
  test.each([SECRET, null, undefined, 0, '', 'text', [], new Uint8Array([0, 255])])(
    '%p comes back as it was',
    async (value) => {
      const payload = await encodeToPayload(converter, value);
      expect(await decodeOptionalSinglePayload(converter, payload)).toEqual(value);
    },
  );

  test('shows its encoding and its key, and nothing else', async () => {
    const payload = await encodeToPayload(converter, SECRET);
    expect(Object.keys(payload)).toEqual(['metadata', 'data']);
    expect(
      Object.fromEntries(Object.entries(payload.metadata ?? {}).map(([name, value]) => [name, String(value)])),
    ).toEqual({
      encoding: 'binary/encrypted',
      'encryption-key-id': 'p1',
    });
    for (const hidden of ['amount', 'ana@', 'json/plain'])
      expect(Buffer.from(payload.data ?? []).toString('latin1')).not.toContain(hidden);
  });

  test('has other bytes each time, so that equal values do not look equal', async () => {
    const [one, two] = [await encodeToPayload(converter, SECRET), await encodeToPayload(converter, SECRET)];
    expect(Buffer.from(one.data ?? []).equals(Buffer.from(two.data ?? []))).toBe(false);
  });

  test('keeps its own metadata inside, of several each its own, and of none none', async () => {
    const codec = createCodec([key('p1', 1)]);
    const payloads: Payload[] = ['a', 'b'].map((text) => ({
      metadata: { encoding: Buffer.from('json/plain'), type: Buffer.from(text) },
      data: Buffer.from(`"${text}"`),
    }));
    const back = await codec.decode(await codec.encode(payloads));
    expect(back.map((payload) => String(payload.metadata?.type))).toEqual(['a', 'b']);
    expect(back.map((payload) => defaultPayloadConverter.fromPayload(payload))).toEqual(['a', 'b']);
    expect(await codec.decode(await codec.encode([]))).toEqual([]);
  });
});

describe('a payload that does not open', () => {
  test('names the key that is missing and says what to do', async () => {
    const payload = await encodeToPayload(converterOf(key('p0', 9)), SECRET);
    await expect(decodeOptionalSinglePayload(converter, payload)).rejects.toThrow(
      'This was encrypted with the key "p0", but only p1 are configured. Add the retired key after the current ones',
    );
  });

  test('is refused when its bytes were changed, or another deployment uses the same key name', async () => {
    const payload = await encodeToPayload(converter, SECRET);
    const data = Buffer.from(payload.data ?? []);
    for (const at of [0, 12, data.length - 1]) {
      const changed = Buffer.from(data);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      await expect(decodeOptionalSinglePayload(converter, { ...payload, data: changed })).rejects.toMatchObject({
        code: 'unavailable',
      });
    }
    const other = decodeOptionalSinglePayload(converterOf(key('p1', 2)), payload);
    await expect(other).rejects.toThrow('A payload from Temporal does not decrypt with the key p1: it was changed,');
    const empty = decodeOptionalSinglePayload(converter, { metadata: payload.metadata });
    await expect(empty).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('a payload without encryption decodes to undefined, so that no one without the keys can vote or cancel', async () => {
    const forged = defaultPayloadConverter.toPayload({ voter: 'usr_1', decision: 'approve' });
    expect(await decodeOptionalSinglePayload(converter, forged)).toBeUndefined();
    expect(await decodeOptionalSinglePayload(converter, { data: Buffer.from('{}') })).toBeUndefined();
    expect(await decodeOptionalSinglePayload(converter, {})).toBeUndefined();
  });
});

test('key rotation: the first key encrypts, all decrypt, until the old one is retired', async () => {
  const before = await encodeToPayload(converter, SECRET);
  const rotated = converterOf(key('p2', 2), key('p1', 1));
  expect(await decodeOptionalSinglePayload(rotated, before)).toEqual(SECRET);
  const after = await encodeToPayload(rotated, SECRET);
  expect(String(after.metadata?.['encryption-key-id'])).toBe('p2');
  const retired = converterOf(key('p2', 2));
  expect(await decodeOptionalSinglePayload(retired, after)).toEqual(SECRET);
  await expect(decodeOptionalSinglePayload(retired, before)).rejects.toMatchObject({ code: 'unavailable' });
});

test('failures hide message, stack, details and causes, and keep their type for the caller', async () => {
  const cause = new Error('the card of ana@acme.example');
  const failure = ApplicationFailure.create({
    message: 'refund of 120.5',
    type: 'not_eligible',
    details: [SECRET],
    nonRetryable: true,
    cause,
  });
  const encoded = await encodeErrorToFailure(converter, failure);
  for (const hidden of ['120.5', 'ana@', 'codec.test']) expect(readable(encoded)).not.toContain(hidden);
  expect(encoded.applicationFailureInfo).toMatchObject({ type: 'not_eligible', nonRetryable: true });

  const back = (await decodeOptionalFailureToOptionalError(converter, encoded)) as ApplicationFailure;
  expect(back).toBeInstanceOf(ApplicationFailure);
  expect(back).toMatchObject({ message: 'refund of 120.5', type: 'not_eligible', details: [SECRET] });
  expect(back.cause?.message).toBe('the card of ana@acme.example');
});

test('malformed keys are refused when the converter is created; derived ones work', () => {
  expect(() => createDataConverter([])).toThrow('no secret key is configured');
  expect(() => createDataConverter([key('p1', 1), key('p1', 2)])).toThrow('the key name "p1" is used twice');
  expect(() => createDataConverter(derivedPayloadKeys([key('k1', 1)]))).not.toThrow();
});
