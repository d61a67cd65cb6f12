/** A fake mail server on loopback that parses the emails it gets and can misbehave. */
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';

/** The step of the SMTP dialogue. `address` is the sender at `mail`, one recipient at `rcpt`, and null at `data`. */
export interface SmtpStep {
  phase: 'mail' | 'rcpt' | 'data';
  address: string | null;
}

/**
 * How the server treats a step. Nothing: accept. A code: refuse with it (4xx temporary, 5xx permanent). `cut`: drop the
 * connection, in `data` after the whole message arrived. `stall`: never answer.
 */
export type SmtpBehaviour = void | { code: number; message: string } | 'cut' | 'stall';

export interface Smtp {
  /** The value for `SMTP_URL`. */
  url: string;
  messages(): ParsedMail[];
  /** The first message that matches, also one that arrived before. Fails after `limit_ms`. */
  waitFor(predicate: (mail: ParsedMail) => boolean, limit_ms?: number): Promise<ParsedMail>;
  /** If the behaviour returns a promise, the server answers only when it resolves. */
  behave(behaviour: (step: SmtpStep) => SmtpBehaviour | Promise<SmtpBehaviour>): void;
  close(): Promise<void>;
}

export async function startSmtp(): Promise<Smtp> {
  const received: ParsedMail[] = [];
  let behaviour: Parameters<Smtp['behave']>[0] = () => undefined;

  const answer = async (session: SMTPServerSession, step: SmtpStep, done: (error?: Error | null) => void) => {
    const wanted = await behaviour(step);
    if (wanted === 'stall') return;
    if (wanted === 'cut') return cut(server, session);
    done(wanted ? Object.assign(new Error(wanted.message), { responseCode: wanted.code }) : null);
  };

  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    closeTimeout: 100,
    onMailFrom: (from, session, done) => void answer(session, { phase: 'mail', address: from.address }, done),
    onRcptTo: (to, session, done) => void answer(session, { phase: 'rcpt', address: to.address }, done),
    onData(stream, session, done) {
      void simpleParser(stream).then((mail) =>
        answer(session, { phase: 'data', address: null }, (error) => {
          if (!error) received.push(mail);
          done(error);
        }),
      );
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.server.address() as AddressInfo;

  return {
    url: `smtp://127.0.0.1:${port}`,
    messages: () => [...received],
    async waitFor(predicate, limit_ms = 20_000) {
      for (const end = Date.now() + limit_ms; Date.now() < end; await pause(20)) {
        const found = received.find(predicate);
        if (found) return found;
      }
      const subjects = received.map((mail) => mail.subject).join(', ') || 'none';
      throw new Error(`No matching email arrived within ${limit_ms} ms. Subjects of those that did: ${subjects}`);
    },
    behave: (next) => void (behaviour = next),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function cut(server: SMTPServer, session: SMTPServerSession): void {
  const connections = (server as unknown as { connections: Set<{ id: string; _socket: { destroy(): void } }> })
    .connections;
  for (const connection of connections) if (connection.id === session.id) connection._socket.destroy();
}
