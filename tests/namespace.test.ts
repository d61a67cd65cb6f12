/** The Temporal namespace is created at the start, and a server without an answer does not hold the start up. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
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

  test('is created if it is missing, keeps ended workflows for thirty days, and may be created again', async () => {
    const { signal } = new AbortController();
    await ensureNamespace({ temporal }, signal);
    await ensureNamespace({ temporal }, signal);
    const limit = Date.now() + 20_000;
    // A server's caches see a new namespace after some seconds.
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

  describe('on a server that does not answer this call', () => {
    /** The calls without an answer. The server refuses all other calls as unknown, as an old server does. */
    const asked: ServerHttp2Stream[] = [];
    const silent = createServer().on('stream', (stream, headers) => {
      stream.on('error', () => undefined);
      if (headers[':path']?.endsWith('/RegisterNamespace')) asked.push(stream);
      else
        stream.respond(
          { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12' },
          { endStream: true },
        );
    });
    const ofSilent = () => ({
      temporal: { ...temporal, address: `127.0.0.1:${(silent.address() as AddressInfo).port}` },
    });
    const wasAsked = async (): Promise<void> => {
      while (asked.length === 0) await once(silent, 'stream');
      asked.length = 0;
    };
    beforeAll(() => once(silent.listen(0, '127.0.0.1'), 'listening'));
    afterAll(() => new Promise((resolve) => silent.close(resolve)));
    afterEach(() => void jest.useRealTimers());

    test('times out after half a minute', async () => {
      jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance'] });
      const given = expect(ensureNamespace(ofSilent(), new AbortController().signal)).rejects.toThrow(
        'DEADLINE_EXCEEDED',
      );
      await wasAsked();
      jest.advanceTimersByTime(30_000);
      await given;
    });

    test('is aborted when the start is stopped', async () => {
      const stopped = new AbortController();
      const given = expect(ensureNamespace(ofSilent(), stopped.signal)).rejects.toThrow('CANCELLED');
      await wasAsked();
      stopped.abort();
      await given;
      await expect(ensureNamespace(ofSilent(), stopped.signal)).rejects.toThrow('aborted');
    });
  });

  test('is reached with the configured API key and certificates', () => {
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
