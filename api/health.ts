/** For whoever runs this. */
import { z } from 'zod';
import { answers } from '../db/pool';
import type { HttpDeps } from './http/deps';
import { ok, route } from './http/route';

export const alive = route({
  id: 'healthz',
  method: 'get',
  path: '/healthz',
  tag: 'operators',
  summary: 'The process answers',
  access: 'public',
  answers: { 200: z.object({ status: z.literal('ok') }) },
  handler: () => ok({ status: 'ok' as const }),
});

const Check = z.enum(['ok', 'away']);
const Readiness = z
  .object({ status: z.enum(['ok', 'degraded']), checks: z.object({ postgres: Check, temporal: Check, worker: Check }) })
  .meta({ id: 'Readiness' });

const LOOK_MS = 2_000;

export const ready = route({
  id: 'readyz',
  method: 'get',
  path: '/readyz',
  tag: 'operators',
  summary: 'What this process can reach; 503 only without Postgres',
  access: 'public',
  answers: { 200: Readiness, 503: Readiness },
  async handler(deps) {
    const [postgres, engine] = await Promise.all([postgresAnswers(deps), deps.engine.health()]);
    const say = (good: boolean): z.output<typeof Check> => (good ? 'ok' : 'away');
    const checks = { postgres: say(postgres), temporal: say(engine.temporal), worker: say(engine.worker) };
    const status = postgres && engine.temporal && engine.worker ? 'ok' : 'degraded';
    const json = { status, checks } as const;
    return postgres ? ok(json) : { status: 503 as const, json, headers: { 'Retry-After': '2' } };
  },
});

async function postgresAnswers({ db }: HttpDeps): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), LOOK_MS)));
  return Promise.race([answers(db), late]).finally(() => clearTimeout(timer));
}

export const prometheus = route({
  id: 'prometheus',
  method: 'get',
  path: '/metrics',
  tag: 'operators',
  summary: 'Counts and times for Prometheus; from this machine, or with METRICS_TOKEN',
  access: 'operator',
  produces: 'text/plain',
  answers: { 200: 'Prometheus’ text format' },
  handler: async ({ telemetry }) => ({
    status: 200,
    text: { type: telemetry.contentType, body: await telemetry.text() },
  }),
});
