/** Reads the bytes of a request, up to a limit. */
import type { IncomingMessage } from 'node:http';
import { AgentWardenError } from '../../domain/errors';

export const MAX_BODY_BYTES = 256 * 1024;
/** A body that is a little too large is read to its end, so that its sender gets the refusal. Beyond this the connection ends. */
const HEARD_BYTES = 8 * MAX_BODY_BYTES;
const HEARD_MS = 1_000;

/** Null when there is no body. Throws `payload_too_large`, `unsupported_media_type`, and `invalid_request` for a body that ends too early. */
export async function readRawBody(request: IncomingMessage): Promise<Buffer | null> {
  const { 'content-length': length, 'transfer-encoding': transfer, 'content-encoding': encoding } = request.headers;
  if (transfer === undefined && (length === undefined || length === '0')) return null;
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw new AgentWardenError(
      'unsupported_media_type',
      'Compressed bodies are not accepted. Send it without Content-Encoding.',
    );
  if (Number(length ?? 0) > HEARD_BYTES) throw tooLarge();
  return collect(request);
}

function collect(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let patience: NodeJS.Timeout | undefined;
    const stop = (): void => {
      clearTimeout(patience);
      request.off('data', take).off('end', end).off('close', cut).off('error', cut);
    };
    const refuse = (error: AgentWardenError): void => {
      stop();
      // Further bytes are dropped until the connection ends.
      request.on('error', () => undefined).resume();
      reject(error);
    };
    const take = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) return void chunks.push(chunk);
      chunks.length = 0;
      patience ??= setTimeout(() => refuse(tooLarge()), HEARD_MS);
      if (bytes > HEARD_BYTES) refuse(tooLarge());
    };
    const end = (): void => {
      if (bytes > MAX_BODY_BYTES) return refuse(tooLarge());
      stop();
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    };
    const cut = (): void =>
      refuse(new AgentWardenError('invalid_request', 'The body ended before its stated length. Send it again.'));
    request.on('data', take).on('end', end).on('close', cut).on('error', cut);
  });
}

const tooLarge = (): AgentWardenError =>
  new AgentWardenError(
    'payload_too_large',
    `The body is larger than ${MAX_BODY_BYTES / 1024} kB. Send what a reviewer needs, and a link to the rest.`,
  );
