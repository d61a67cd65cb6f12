/** For whoever runs this. */
import { z } from 'zod';
import { readiness } from '../application/readiness';
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

export const ready = route({
  id: 'readyz',
  method: 'get',
  path: '/readyz',
  tag: 'operators',
  summary: 'What this process can reach; 503 only without Postgres',
  access: 'public',
  answers: { 200: Readiness, 503: Readiness },
  async handler(deps) {
    const { postgres, temporal, worker } = await readiness(deps);
    const say = (good: boolean): z.output<typeof Check> => (good ? 'ok' : 'away');
    const checks = { postgres: say(postgres), temporal: say(temporal), worker: say(worker) };
    const status = postgres && temporal && worker ? 'ok' : 'degraded';
    const json = { status, checks } as const;
    return postgres ? ok(json) : { status: 503 as const, json, headers: { 'Retry-After': '2' } };
  },
});

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
