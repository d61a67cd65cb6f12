import { randomBytes } from 'node:crypto';
import { Connection } from '@temporalio/client';
import { connectionOptions, ensureNamespace } from '../temporal';
import { temporalAddress } from './support/temporal';

describe('the namespace', () => {
  const temporal = {
    address: temporalAddress(),
    namespace: `test-${randomBytes(6).toString('hex')}`,
    taskQueue: 'none',
  };

  const retention_s = async (): Promise<number> => {
    const connection = await Connection.connect({ address: temporal.address });
    try {
      const { config } = await connection.workflowService.describeNamespace({ namespace: temporal.namespace });
      return Number(config!.workflowExecutionRetentionTtl!.seconds);
    } finally {
      await connection.close();
    }
  };

  test('is made when it is missing, keeps ended approvals for thirty days, and may be made again', async () => {
    await ensureNamespace({ temporal });
    await ensureNamespace({ temporal });
    const limit = Date.now() + 20_000;
    // A server's caches learn of a new namespace after some seconds.
    for (;;) {
      const found = await retention_s().catch((error: unknown) => {
        if (Date.now() > limit) throw error;
        return undefined;
      });
      if (found === undefined) continue;
      expect(found).toBe(30 * 24 * 3600);
      return;
    }
  }, 30_000);

  test('is reached with a key and certificates when they are configured', () => {
    const tls = { serverName: 'temporal.example', ca: 'CA', cert: 'CERT', key: 'KEY' };
    expect(connectionOptions({ temporal: { ...temporal, apiKey: 'secret', tls } })).toEqual({
      address: temporal.address,
      apiKey: 'secret',
      tls: {
        serverNameOverride: 'temporal.example',
        serverRootCACertificate: Buffer.from('CA'),
        clientCertPair: { crt: Buffer.from('CERT'), key: Buffer.from('KEY') },
      },
    });
    expect(connectionOptions({ temporal })).toEqual({ address: temporal.address });
  });
});
