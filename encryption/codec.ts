/** Payload encryption: Temporal's server and its database see ciphertext and opaque ids, nothing else (T44). */
import { METADATA_ENCODING_KEY, type DataConverter, type Payload, type PayloadCodec } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { AgentWardenError } from '../domain/errors';
import { checkKeys, keyOf, type SecretKey } from './keys';
import { decrypt, encrypt, unknownKey } from './seal';

const ENCODING = 'binary/encrypted';
const KEY_ID = 'encryption-key-id';
/** Part of what the tag covers: a sealed webhook secret can never be passed off as a payload, even under the same key. */
const BOUND = 'agentwarden/payload/1';

/**
 * What a payload without encryption reads as: `undefined`, which every handler refuses. Whoever does not hold the keys
 * can neither vote nor cancel. An error would be worse: a signal stands in the history for good, the worker would fail
 * on it for ever, and one plain signal from an operator's console would stop an approval that must still end.
 */
const NOTHING: Payload = { metadata: { [METADATA_ENCODING_KEY]: Buffer.from('binary/null') } };

const PayloadMessage = temporal.api.common.v1.Payload;

class EncryptionCodec implements PayloadCodec {
  constructor(private readonly keys: readonly [SecretKey, ...SecretKey[]]) {}

  encode(payloads: Payload[]): Promise<Payload[]> {
    const { kid, secret } = this.keys[0];
    const metadata = { [METADATA_ENCODING_KEY]: Buffer.from(ENCODING), [KEY_ID]: Buffer.from(kid) };
    return Promise.resolve(
      payloads.map((payload) => ({
        metadata,
        data: encrypt(secret, PayloadMessage.encode(payload).finish(), BOUND),
      })),
    );
  }

  /** Throws `unavailable` for an unknown key and for changed bytes: the task is tried again until an operator has looked. */
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => this.decodeOne(payload));
  }

  private decodeOne(payload: Payload): Payload {
    if (text(payload.metadata?.[METADATA_ENCODING_KEY]) !== ENCODING) return NOTHING;
    const kid = text(payload.metadata?.[KEY_ID]);
    const secret = keyOf(this.keys, kid);
    if (secret === undefined) throw unknownKey(kid, this.keys);
    const plain = decrypt(secret, payload.data ?? new Uint8Array(), BOUND);
    if (plain === undefined) {
      throw new AgentWardenError(
        'unavailable',
        `A payload from Temporal does not open with the key ${kid}: it was changed, or another deployment uses the same ` +
          'key name. Check PAYLOAD_KEYS and the namespace.',
      );
    }
    return PayloadMessage.decode(plain);
  }
}

const text = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString();

export function createCodec(payloadKeys: readonly SecretKey[]): PayloadCodec {
  checkKeys(payloadKeys);
  return new EncryptionCodec(payloadKeys as readonly [SecretKey, ...SecretKey[]]);
}

/** For the worker and for every client; `payloadKeys` as the configuration holds them: the first encrypts, all decrypt. */
export const createDataConverter = (payloadKeys: readonly SecretKey[]): DataConverter => ({
  failureConverterPath: require.resolve('./failure-converter'),
  payloadCodecs: [createCodec(payloadKeys)],
});
