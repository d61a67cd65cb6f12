/** A small HTTP server on loopback, for the fakes of other services. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HttpQuestion {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** `cut` drops the connection without an answer. */
export type HttpAnswer = { status: number; body: unknown; headers?: Record<string, string> } | 'cut';

export interface Loopback {
  origin: string;
  close(): Promise<void>;
}

/** Listens on a free port. The body of each answer is sent as JSON. */
export async function startLoopback(handle: (question: HttpQuestion) => HttpAnswer): Promise<Loopback> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const answer = handle({ method, path, headers, body: Buffer.concat(chunks).toString('utf8') });
      if (answer === 'cut') return request.socket.destroy();
      response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
      return response.end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
