/** Connects to Temporal, with encrypted payloads, and prepares the namespace. */
import { status } from '@grpc/grpc-js';
import { Client, Connection, isGrpcServiceError, type ConnectionOptions } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import type { Config } from './config';
import { createDataConverter } from './encryption/codec';

/** An approval must stay readable while its grant is valid, which is at most 30 days. */
const RETENTION_MS = 30 * 24 * 3600 * 1000;

/** Options of every connection, client or worker. */
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
 * Connects at the first call, so that a process starts while Temporal is away, and reports itself as degraded. The caller
 * closes the connection: `client.connection.close()`.
 */
export function connectClient(config: Pick<Config, 'temporal' | 'payloadKeys'>): Client {
  return new Client({
    connection: Connection.lazy(connectionOptions(config)),
    namespace: config.temporal.namespace,
    dataConverter: createDataConverter(config.payloadKeys),
  });
}

/** Deadline for the connection and all calls together; a server that is just starting needs some seconds. */
const NAMESPACE_WITHIN_MS = 30_000;

/** Creates the namespace, or prolongs the retention of an existing one to `RETENTION_MS`. `signal` cancels the calls. */
export async function ensureNamespace(config: Pick<Config, 'temporal'>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const connection = Connection.lazy(connectionOptions(config));
  try {
    await connection.withDeadline(Date.now() + NAMESPACE_WITHIN_MS, () =>
      connection.withAbortSignal(signal, () => createNamespace(connection, config.temporal.namespace)),
    );
  } finally {
    await connection.close();
  }
}

async function createNamespace(connection: Connection, namespace: string): Promise<void> {
  const workflowExecutionRetentionPeriod = msToTs(RETENTION_MS);
  try {
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
  } catch (error) {
    if (!isGrpcServiceError(error)) throw error;
    // In a managed service, only its own console may create or change namespaces.
    if (error.code === status.PERMISSION_DENIED || error.code === status.UNIMPLEMENTED) return;
    if (error.code !== status.ALREADY_EXISTS) throw error;
    await prolongRetention(connection, namespace);
  }
}

async function prolongRetention(connection: Connection, namespace: string): Promise<void> {
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  const current_s = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0);
  if (current_s * 1000 >= RETENTION_MS) return;
  await connection.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: msToTs(RETENTION_MS) },
  });
}
