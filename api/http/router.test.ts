import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { requestId } from './router';
import { startStage, type ApiStage } from '../../tests/support/api';

describe('every answer', () => {
  let stage: ApiStage;
  beforeAll(async () => {
    stage = await startStage();
  }, 60_000);
  afterAll(() => stage.close());

  test.each(['/sdk/check', '/api/approvals', '/healthz', '/login', '/r/x', '/nowhere', '/docs', '/openapi.json'])(
    'of %s keeps to itself',
    async (path) => {
      const { headers } = await stage.call(path);
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-security-policy': expect.stringContaining("default-src 'none'"),
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'x-robots-tag': 'noindex, nofollow',
        'x-request-id': expect.any(String),
      });
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('strict-transport-security')).toBeNull();
    },
  );

  test.each([
    ['/sdk/check', 'no-store'],
    ['/api/session', 'no-store'],
    ['/r/x', 'no-store'],
    ['/login', 'no-store'],
    ['/approvals', 'no-store'],
    ['/docs', null],
  ])('of %s says to caches: %s', async (path, value) => {
    expect((await stage.call(path)).headers.get('cache-control')).toBe(value);
  });

  test('carries the caller’s request id where it is one, and else one of ours', async () => {
    const ask = async (id: string) =>
      (await stage.call('/nowhere', { headers: { 'x-request-id': id } })).json.request_id;
    expect(await ask('trace-12345678')).toBe('trace-12345678');
    expect(await ask('no spaces here')).not.toBe('no spaces here');
    for (const bad of [undefined, '', 'short', 'x'.repeat(129), 'line\nbreak00', '"quoted-text"'])
      expect(requestId(bad)).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('is a problem for programs and a page for people', async () => {
    const program = await stage.call('/nowhere', { headers: { accept: 'application/json' } });
    expect([program.status, program.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
    const person = await stage.call('/nowhere', { headers: { accept: 'text/html,application/xhtml+xml' } });
    expect([person.status, person.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    const page = await stage.call('/approvals', { method: 'DELETE' });
    expect([page.status, page.headers.get('content-type')]).toEqual([405, 'text/html; charset=utf-8']);
  });

  test('that asks who is calling names the scheme, as RFC 9110 wants of each 401', async () => {
    for (const path of ['/api/agents', '/sdk/approvals/apr_1']) {
      const { status, headers } = await stage.call(path);
      expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    }
    expect((await stage.call('/nowhere')).headers.get('www-authenticate')).toBeNull();
  });

  test('to HEAD is the one to GET without its body', async () => {
    const [get, head] = [await stage.call('/login'), await stage.call('/login', { method: 'HEAD' })];
    expect([head.status, head.text, head.headers.get('content-length')]).toEqual([
      200,
      '',
      get.headers.get('content-length'),
    ]);
    const refused = await stage.call('/api/approvals', { method: 'HEAD' });
    expect([refused.status, refused.text]).toEqual([401, '']);
  });

  test('to OPTIONS names the methods, and lets no other origin in', async () => {
    const { status, headers } = await stage.call('/api/agents', {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect([status, headers.get('allow')]).toEqual([204, 'GET, POST, HEAD, OPTIONS']);
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  test('to a parameter that is given twice is a refusal', async () => {
    const { status, json } = await stage.as(stage.adminToken, '/api/approvals?status=pending&status=approved');
    expect({ status, paths: json.errors.map(({ path }: { path: string }) => path) }).toEqual({
      status: 400,
      paths: ['status'],
    });
  });

  test('to a body that is compressed, or that ends too early, is a refusal', async () => {
    for (const path of ['/sdk/check', '/sdk/log']) {
      const reply = await stage.agent(path, { a: 1 }, { 'content-encoding': 'identity' });
      expect(reply.status).toBe(400);
    }
    const compressed = await stage.agent('/sdk/check', { a: 1 }, { 'content-encoding': 'gzip' });
    expect([compressed.status, compressed.json.code]).toEqual([415, 'unsupported_media_type']);
  });

  test('to a body without a length that grows too large is 413, and ends the connection', async () => {
    const { port } = new URL(stage.api.url);
    const status = await new Promise<number>((resolve, reject) => {
      const outgoing = httpRequest(
        {
          port,
          path: '/sdk/check',
          method: 'POST',
          headers: { 'x-api-key': stage.key, 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
        },
        (response) => {
          response.resume();
          resolve(response.statusCode!);
        },
      );
      outgoing.on('error', reject);
      outgoing.write(`{"a":"${'x'.repeat(300_000)}`);
    });
    expect(status).toBe(413);
  });

  test('to a body of many megabytes comes before they are sent', async () => {
    const { port, hostname } = new URL(stage.api.url);
    const socket = connect(Number(port), hostname);
    const answer = new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())));
    socket.write(
      `POST /sdk/check HTTP/1.1\r\nHost: x\r\nX-API-Key: ${stage.key}\r\nContent-Type: application/json\r\nContent-Length: 900000000\r\n\r\n{`,
    );
    expect(await answer).toMatch(/^HTTP\/1\.1 413 [^]*connection: close/i);
    socket.destroy();
  });

  test('is given to the next caller after one who hung up in the middle', async () => {
    const { port, hostname } = new URL(stage.api.url);
    const socket = connect(Number(port), hostname);
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write(
      `POST /sdk/check HTTP/1.1\r\nHost: x\r\nX-API-Key: ${stage.key}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a`,
    );
    socket.destroy();
    expect((await stage.call('/healthz')).status).toBe(200);
  });
});

describe('on https', () => {
  let stage: ApiStage;
  beforeAll(async () => {
    stage = await startStage({ publicUrl: 'https://warden.example' });
  }, 60_000);
  afterAll(() => stage.close());

  test('browsers are told to stay there', async () => {
    const response = await fetch(`http://127.0.0.1:${stage.api.port}/login`);
    expect(response.headers.get('strict-transport-security')).toMatch(/^max-age=31536000/);
    await response.text();
  });
});
