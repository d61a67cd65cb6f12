/** Routes for operators: liveness, readiness, Prometheus. */
import { z } from 'zod';
import { readiness } from '../application/readiness';
import { EXAMPLES } from './http/examples';
import { ok, route } from './http/route';

const Alive = z
  .object({ status: z.literal('ok').describe('Always `ok`: a process that does not work does not answer.') })
  .register(EXAMPLES, { example: { status: 'ok' } });

export const alive = route({
  id: 'healthz',
  method: 'get',
  path: '/healthz',
  tag: 'operators',
  summary: 'The process answers',
  access: 'public',
  answers: { 200: Alive },
  handler: () => ok({ status: 'ok' as const }),
});

const Check = z.enum(['ok', 'away']);
const Readiness = z
  .object({
    status: z.enum(['ok', 'degraded']).describe('`degraded`: at least one of the checks is `away`.'),
    checks: z
      .object({
        postgres: Check.describe('`away`: nothing can be answered.'),
        temporal: Check.describe('`away`: checks are answered, but nobody can be asked and no vote is taken.'),
        worker: Check.describe('`away`: approvals wait until a worker runs again.'),
      })
      .describe('What this process reached within 2 seconds.'),
  })
  .meta({ id: 'Readiness', description: 'What this process can reach.' })
  .register(EXAMPLES, {
    example: { status: 'ok', checks: { postgres: 'ok', temporal: 'ok', worker: 'ok' } },
  });

export const ready = route({
  id: 'readyz',
  method: 'get',
  path: '/readyz',
  tag: 'operators',
  summary: 'What this process can reach; 503 only without Postgres',
  access: 'public',
  answers: { 200: Readiness, 503: Readiness },
  examples: { 503: { status: 'degraded', checks: { postgres: 'away', temporal: 'ok', worker: 'ok' } } },
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
  examples: { 200: 'agentwarden_checks_total{decision="allow",reason_code=""} 12\n' },
  handler: async ({ telemetry }) => ({
    status: 200,
    text: { type: telemetry.contentType, body: await telemetry.text() },
  }),
});
