import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPoster, readRetryAfter } from './webhook-post';

describe('posting to an address that somebody else chose', () => {
  const servers: Server[] = [];
  const posters: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    await Promise.all(posters.splice(0).map((poster) => poster.close()));
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  });

  async function receiver(listener: RequestListener): Promise<number> {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  function poster(options: Partial<Parameters<typeof createPoster>[0]> = {}) {
    const made = createPoster({ allowHosts: [], ...options });
    posters.push(made);
    return made.post;
  }

  // prettier-ignore
  const hosts = [
    '127.0.0.1', '2130706433', '0x7f.1', '0177.0.0.1', '127.1', '[::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '0.0.0.0',
    '10.0.0.1', '169.254.169.254', '[fe80::1]', '[64:ff9b::7f00:1]', 'localhost',
  ];
  test.each(hosts)('never connects to %s (T38)', async (host) => {
    let connections = 0;
    const port = await receiver((_, response) => response.end());
    servers.at(-1)!.on('connection', () => (connections += 1));
    const answer = await poster()(`https://${host}:${port}/hook`, {}, '{}');
    expect(answer).toMatchObject({ ok: false, status: null, error: 'address_not_allowed' });
    expect(connections).toBe(0);
  });

  test('looks at the address that is connected to: a name that was public a moment ago gains nothing (T38)', async () => {
    const answers = [['93.184.216.34'], ['127.0.0.1'], ['93.184.216.34', '10.0.0.1']];
    let asked = 0;
    const post = poster({
      lookup: (_, __, done) =>
        done(
          null,
          answers[asked++]!.map((address) => ({ address, family: 4 })),
        ),
    });
    asked = 1;
    expect(await post('https://rebind.example/', {}, '{}')).toMatchObject({ error: 'address_not_allowed' });
    expect(await post('https://both.example/', {}, '{}')).toMatchObject({ error: 'address_not_allowed' });
  });

  test('wants https, except of hosts that are allowed by name or by name and port', async () => {
    const port = await receiver((_, response) => response.end());
    expect(await poster()(`http://127.0.0.1:${port}/`, {}, '{}')).toMatchObject({
      error: 'https_required',
      final: true,
    });
    const other = poster({ allowHosts: [`127.0.0.1:${port + 1}`] });
    expect(await other(`http://127.0.0.1:${port}/`, {}, '{}')).toMatchObject({ error: 'https_required' });
    expect(await poster({ allowHosts: [`127.0.0.1:${port}`] })(`http://127.0.0.1:${port}/`, {}, '{}')).toEqual({
      ok: true,
      status: 200,
    });
    expect(await poster({ allowHosts: ['127.0.0.1'] })(`http://127.0.0.1:${port}/`, {}, '{}')).toEqual({
      ok: true,
      status: 200,
    });
    expect(await poster({ allowHosts: ['127.0.0.1'] })('file:///etc/passwd', {}, '{}')).toMatchObject({
      error: 'https_required',
    });
  });

  test('sends exactly the headers and bytes that it was given', async () => {
    let got = '';
    let type: string | undefined;
    const port = await receiver((request, response) => {
      type = request.headers['content-type'];
      request.on('data', (chunk: Buffer) => (got += chunk.toString())).on('end', () => response.end());
    });
    await poster({ allowHosts: ['127.0.0.1'] })(
      `http://127.0.0.1:${port}/`,
      { 'content-type': 'application/json' },
      '{"é":1.0}',
    );
    expect([type, got]).toEqual(['application/json', '{"é":1.0}']);
  });

  test('follows no redirect', async () => {
    let visits = 0;
    const port = await receiver((_, response) => {
      visits += 1;
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    const answer = await poster({ allowHosts: ['127.0.0.1'] })(`http://127.0.0.1:${port}/`, {}, '{}');
    expect(answer).toMatchObject({ ok: false, status: 307, error: 'http_307' });
    expect(visits).toBe(1);
  });

  test('reads at most 64 kB of an answer that does not end (T39)', async () => {
    const port = await receiver((_, response) => {
      const more = (): void => void (response.writable && response.write('x'.repeat(16_384), () => setImmediate(more)));
      response.on('error', () => undefined);
      more();
    });
    expect(await poster({ allowHosts: ['127.0.0.1'] })(`http://127.0.0.1:${port}/`, {}, '{}')).toMatchObject({
      ok: true,
    });
  });

  test('leaves a receiver that says nothing after its limit (T39)', async () => {
    const port = await receiver(() => undefined);
    const post = poster({ allowHosts: ['127.0.0.1'], attempt_limit_ms: 200 });
    expect(await post(`http://127.0.0.1:${port}/`, {}, '{}')).toMatchObject({
      ok: false,
      error: 'timeout',
      final: false,
    });
  });

  test('reaches a receiver that is slow with each post, not with the first few', async () => {
    const waiting: (() => void)[] = [];
    const port = await receiver((_, response) => {
      waiting.push(() => response.end());
      if (waiting.length === 40) for (const answer of waiting) answer(); // and not before all have come
    });
    const post = poster({ allowHosts: ['127.0.0.1'] });
    const answers = await Promise.all(Array.from({ length: 40 }, () => post(`http://127.0.0.1:${port}/`, {}, '{}')));
    expect(answers.every(({ ok }) => ok)).toBe(true);
  });

  test('tells a receiver that is not there from one that refuses', async () => {
    const post = poster({ allowHosts: ['127.0.0.1'] });
    expect(await post('http://127.0.0.1:1/', {}, '{}')).toMatchObject({ error: 'connection_failed_econnrefused' });
    const port = await receiver((_, response) => response.writeHead(503, { 'retry-after': '120' }).end());
    const answer = await post(`http://127.0.0.1:${port}/`, {}, '{}');
    expect(answer).toMatchObject({ error: 'http_503', retry_after_ms: 120_000 });
  });
});

describe('Retry-After', () => {
  test('is seconds or a date', () => {
    const now = Date.parse('2026-11-22T10:00:00Z');
    expect(readRetryAfter('30', now)).toBe(30_000);
    expect(readRetryAfter('Sun, 22 Nov 2026 10:01:00 GMT', now)).toBe(60_000);
    expect(readRetryAfter('Sun, 22 Nov 2026 09:00:00 GMT', now)).toBe(0);
    expect(readRetryAfter('soon', now)).toBeNull();
    expect(readRetryAfter(undefined, now)).toBeNull();
  });
});
