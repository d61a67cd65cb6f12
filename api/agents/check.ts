/** `POST /sdk/check`: an agent asks whether it may run an action. */
import { check } from '../../application/check';
import { ok, route } from '../http/route';
import { idempotencyKey } from '../http/idempotency-key';
import { IdempotencyHeader } from '../http/schemas';
import { CheckAnswerSchema, CheckBody } from './check-schema';

export const checkRoute = route({
  id: 'check',
  method: 'post',
  path: '/sdk/check',
  tag: 'agents',
  summary: 'Ask whether an agent may act now',
  access: 'agentCached',
  limit: 'check',
  request_headers: IdempotencyHeader,
  body: CheckBody,
  answers: { 200: CheckAnswerSchema },
  answer_headers: {
    'Idempotent-Replayed': '`true` when this is the stored answer to an earlier request with the same key',
  },
  problems: ['agent_not_found', 'idempotency_mismatch', 'in_progress'],
  async handler(deps, { caller, body, headers, ip }) {
    const key = idempotencyKey(headers['idempotency-key']);
    const { answer, replayed } = await check(deps, caller, body, { ip, key });
    return ok(answer, replayed ? { 'Idempotent-Replayed': 'true' } : {});
  },
});
