/** The way to Temporal: one connection per process, and payloads that are encrypted before they leave it. */
import { status } from '@grpc/grpc-js';
import { Client, Connection, isGrpcServiceError, type ConnectionOptions } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import type { Config } from './config';
import { createDataConverter } from './encryption/codec';

/** An ended approval must be readable for as long as its grant may live: grants live 30 days at most. */
const RETENTION_MS = 30 * 24 * 3600 * 1000;

/** What client and worker connections share. */
export function connectionOptions({ temporal }: Pick<Config, 'temporal'>) {
  const { address, apiKey, tls } = temporal;
  const bytes = (pem: string | undefined) => (pem === undefined ? undefined : Buffer.from(pem));
  return {
    address,
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(tls === undefined
      ? {}
      : {
          tls: {
            serverNameOverride: tls.serverName,
            serverRootCACertificate: bytes(tls.ca),
            ...(tls.cert && tls.key ? { clientCertPair: { crt: bytes(tls.cert)!, key: bytes(tls.key)! } } : {}),
          },
        }),
  } satisfies ConnectionOptions;
}

/**
 * Connects when the first call is made, so that a process starts (and says that it is degraded) while Temporal is away.
 * The caller closes it: `client.connection.close()`.
 */
export function connectClient(config: Pick<Config, 'temporal' | 'payloadKeys'>): Client {
  return new Client({
    connection: Connection.lazy(connectionOptions(config)),
    namespace: config.temporal.namespace,
    dataConverter: createDataConverter(config.payloadKeys),
  });
}

/** For a server that is just starting: to reach it, and for all that is asked of it. */
const NAMESPACE_WITHIN_MS = 30_000;

/** Makes the namespace, or sees to it that an existing one keeps ended workflows long enough. `signal` ends what is being asked. */
export async function ensureNamespace(config: Pick<Config, 'temporal'>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const connection = Connection.lazy(connectionOptions(config));
  try {
    await connection.withDeadline(Date.now() + NAMESPACE_WITHIN_MS, () =>
      connection.withAbortSignal(signal, () => makeNamespace(connection, config.temporal.namespace)),
    );
  } finally {
    await connection.close();
  }
}

async function makeNamespace(connection: Connection, namespace: string): Promise<void> {
  const workflowExecutionRetentionPeriod = msToTs(RETENTION_MS);
  try {
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
  } catch (error) {
    if (!isGrpcServiceError(error)) throw error;
    // A managed service lets nobody but its own console make or change namespaces.
    if (error.code === status.PERMISSION_DENIED || error.code === status.UNIMPLEMENTED) return;
    if (error.code !== status.ALREADY_EXISTS) throw error;
    await prolongRetention(connection, namespace);
  }
}

async function prolongRetention(connection: Connection, namespace: string): Promise<void> {
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  const present_s = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0);
  if (present_s * 1000 >= RETENTION_MS) return;
  await connection.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: msToTs(RETENTION_MS) },
  });
}
