/** An API that listens but has not reached its database yet: early requests wait and are answered. */
import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { freePort } from '../cli/start/ports';
import { testConfig } from '../tests/support/engine';
import { withDatabase } from '../tests/support/postgres';
import { startApi } from './server';

/** A fake Postgres that accepts connections and sends nothing until the test says how to continue. */
async function startSilentPostgres(url: string) {
  const target = new URL(url);
  const [port, host] = [Number(target.port), target.hostname];
  const waiting: Socket[] = [];
  const server = createServer((near) => void waiting.push(near.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  target.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const onwards = (near: Socket): void => {
    const far = connect(port, host).on('error', () => near.destroy());
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
  };
  const each = (how: (near: Socket) => void): void => {
    server.removeAllListeners('connection').on('connection', how);
    waiting.splice(0).forEach(how);
  };
  return {
    url: target.href,
    answer: () => each(onwards),
    hangUp: () => each((near) => void near.destroy()),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

describe('an API that starts', () => {
  const quiet = pino({ level: 'silent' });
  const { url } = withDatabase();

  /** Starts an API, and sends one request as soon as the port is open. */
  async function startWithAnEarlyClient() {
    const postgres = await startSilentPostgres(url);
    const port = await freePort();
    const starting = startApi(
      { ...testConfig(postgres.url), host: '127.0.0.1', port, publicUrl: `http://127.0.0.1:${port}` },
      quiet,
    );
    const started = starting.then(
      (api) => ({ api }),
      (error: unknown) => ({ error }),
    );
    await connected(port);
    const early = fetch(`http://127.0.0.1:${port}/healthz`).then(
      ({ status }) => status,
      () => 'no answer',
    );
    return { postgres, started, early };
  }

  /** Resolves when something listens there. */
  async function connected(port: number): Promise<void> {
    const tried = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => (socket.destroy(), resolve(true))).on('error', () =>
        resolve(false),
      );
    });
    return tried ? undefined : connected(port);
  }

  test('answers whoever came before it was ready', async () => {
    const { postgres, started, early } = await startWithAnEarlyClient();
    postgres.answer();
    expect(await early).toBe(200);
    const { api } = (await started) as { api: Awaited<ReturnType<typeof startApi>> };
    await api.stop();
    await postgres.close();
  });

  test('and finds no database gives up at once, whoever is connected', async () => {
    const { postgres, started, early } = await startWithAnEarlyClient();
    postgres.hangUp();
    expect(await started).toMatchObject({ error: { code: 'unavailable' } });
    expect(await early).toBe('no answer');
    await postgres.close();
  });
});
