/** Encrypts Temporal payloads: the Temporal server and its database see only ciphertext and opaque ids (T44). */
import { METADATA_ENCODING_KEY, type DataConverter, type Payload, type PayloadCodec } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { AgentWardenError } from '../domain/errors';
import { checkKeys, keyOf, type SecretKey } from './keys';
import { decrypt, encrypt, unknownKey } from './seal';

const ENCODING = 'binary/encrypted';
const KEY_ID = 'encryption-key-id';
/** Additional data of the cipher: a sealed webhook secret does not decrypt as a payload, even under the same key. */
const BOUND = 'agentwarden/payload/1';

/**
 * A payload without encryption decodes to `undefined`, which every handler refuses: without the keys nobody can vote or
 * cancel. An error would be worse. A signal stays in the history, so the worker would fail on it for ever, and one
 * unencrypted signal from an operator's console would block an approval that must still end.
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

  /** Throws `unavailable` for an unknown key and for changed bytes: Temporal retries the task until an operator mends the keys. */
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
        `A payload from Temporal does not decrypt with the key ${kid}: it was changed, or another deployment uses the ` +
          'same key name. Check PAYLOAD_KEYS and the namespace.',
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

/** For the worker and every client. The first of `payloadKeys` encrypts, all decrypt. */
export const createDataConverter = (payloadKeys: readonly SecretKey[]): DataConverter => ({
  failureConverterPath: require.resolve('./failure-converter'),
  payloadCodecs: [createCodec(payloadKeys)],
});
