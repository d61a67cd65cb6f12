/** Starts the whole API on its own port, with a real worker, for the tests of `api/`. */
import pino from 'pino';
import type { Config } from '../../config';
import { LIMITS, type Limits } from '../../application/limits';
import { startApi, type RunningApi } from '../../api/server';
import { createAgent } from '../../db/agents';
import { createKey } from '../../db/keys';
import { createPerson, type NewPerson, type Person } from '../../db/people';
import { createAgentKey } from '../../encryption/agent-key';
import { purposeKey } from '../../encryption/keys';
import { signUserToken } from '../../encryption/user-token';
import { startEngine, type Engine } from './engine';

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed answer, if it was JSON. */
  json: any;
}

export interface CallOptions {
  method?: string;
  headers?: Record<string, string>;
  /** An object is sent as JSON, a string unchanged. */
  body?: unknown;
}

export interface ApiStage {
  engine: Engine;
  api: RunningApi;
  admin: Person;
  adminToken: string;
  /** An API key that is valid for all agents. */
  key: string;
  call(path: string, options?: CallOptions): Promise<Reply>;
  /** Calls with `key`. With a body it is a POST. */
  agent(path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  /** Calls with the token of a person, such as `adminToken`. */
  as(token: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  newPerson(person: NewPerson): Promise<{ person: Person; token: string }>;
  newKey(agents: string[]): Promise<string>;
  publish(policy: string): Promise<void>;
  close(): Promise<void>;
}

export async function startStage(overrides: Partial<Config> = {}, limits: Partial<Limits> = {}): Promise<ApiStage> {
  const engine = await startEngine({ publicUrl: 'http://127.0.0.1:0', ...overrides });
  const api = await startApi(engine.config, pino({ level: engine.config.logLevel }), { ...LIMITS, ...limits });
  const { db } = engine;
  const ring = purposeKey(engine.config.secretKeys, 'user-token');
  const tokenOf = (person: Person) => signUserToken(ring, person.id, 3600, Date.now());
  const newPerson = async (given: NewPerson) => {
    const person = await createPerson(db, given, 'system');
    return { person, token: await tokenOf(person) };
  };
  const newKey = async (agents: string[]) => {
    const { key, prefix, hash } = createAgentKey();
    await createKey(db, { prefix, hash, agents, created_by: 'system' });
    return key;
  };
  const call = async (path: string, { method, headers = {}, body }: CallOptions = {}): Promise<Reply> => {
    const json = body !== undefined && typeof body !== 'string';
    const response = await fetch(`${api.url}${path}`, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: { ...(json ? { 'content-type': 'application/json' } : {}), ...headers },
      body: json ? JSON.stringify(body) : body,
      redirect: 'manual',
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson && text !== '' ? JSON.parse(text) : undefined,
    };
  };
  const { person: admin, token: adminToken } = await newPerson({
    name: 'Ada Admin',
    emails: ['ada@acme.example'],
    roles: ['admin'],
  });
  const key = await newKey(['*']);
  await createAgent(db, { id: 'support-bot', name: 'Support bot', created_by: 'system' });
  return {
    engine,
    api,
    admin,
    adminToken,
    key,
    call,
    agent: (path, body, headers = {}) => call(path, { body, headers: { 'x-api-key': key, ...headers } }),
    as: (token, path, body, headers = {}) =>
      call(path, { body, headers: { authorization: `Bearer ${token}`, ...headers } }),
    newPerson,
    newKey,
    publish: async (document) => {
      const { version } = await db
        .selectFrom('policy_versions')
        .select((eb) => eb.fn.coalesce(eb.fn.max('version'), eb.lit(0)).as('version'))
        .executeTakeFirstOrThrow();
      await db
        .insertInto('policy_versions')
        .values({ version: version + 1, document, published_by: 'system' })
        .execute();
    },
    async close() {
      await api.stop();
      await engine.close();
    },
  };
}
