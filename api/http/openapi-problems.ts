/** Which problems an operation may answer: the codes that follow from its row, and the codes that its handler names. */
import type { RouteConfig } from '@asteasolutions/zod-to-openapi';
import { AgentWardenError, ERROR_CODES, type ErrorCode, type ErrorFacts } from '../../domain/errors';
import type { Access } from './authentication';
import { PAGE } from './openapi-content';
import { ProblemSchema } from './problem-schema';
import { PROBLEMS, problemOf } from './problems';
import type { Route } from './route';

const AGENT: readonly ErrorCode[] = ['unauthenticated', 'rate_limited', 'unavailable'];
const PERSON: readonly ErrorCode[] = ['unauthenticated', 'forbidden', 'rate_limited', 'unavailable'];

const BY_ACCESS: Record<Access, readonly ErrorCode[]> = {
  public: [],
  agent: AGENT,
  agentCached: AGENT,
  person: PERSON,
  auditor: PERSON,
  admin: PERSON,
  page: PERSON,
  adminPage: PERSON,
  operator: ['unauthenticated'],
};

/** In the order of `ERROR_CODES`. */
export function problemsOf(route: Route): ErrorCode[] {
  const { access, limit, params, query, body, request_headers } = route;
  const codes = new Set<ErrorCode>(BY_ACCESS[access]);
  // A visitor who is not signed in is sent to the login page instead.
  if ((access === 'page' || access === 'adminPage') && route.method === 'get') codes.delete('unauthenticated');
  if (limit) codes.add('rate_limited');
  if (params) codes.add('not_found');
  if (query ?? body ?? request_headers) codes.add('invalid_request');
  if (body) codes.add('payload_too_large').add('unsupported_media_type');
  for (const code of route.problems ?? []) codes.add(code);
  return ERROR_CODES.filter((code) => codes.has(code));
}

/** One response for each status, which lists its codes, and `default` for unexpected failures. */
export function problemResponses(route: Route): RouteConfig['responses'] {
  const codes = problemsOf(route);
  const responses = [...new Set(codes.map(statusOf))].map((status) => {
    const these = codes.filter((code) => statusOf(code) === status);
    const description = these.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' ');
    return [status, { description, content: route.page ? PAGE : problemContent(these) }];
  });
  const unforeseen = {
    description: 'What went wrong, why, and what to do next',
    content: route.page ? PAGE : problemContent(['unavailable']),
  };
  return { ...Object.fromEntries(responses), default: unforeseen } as RouteConfig['responses'];
}

const statusOf = (code: ErrorCode): string => String(PROBLEMS[code].status);

const problemContent = (codes: readonly ErrorCode[]) => ({
  'application/problem+json': {
    schema: ProblemSchema,
    examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
  },
});

const FACTS: Partial<Record<ErrorCode, ErrorFacts>> = {
  invalid_request: { errors: [{ path: 'action', message: 'is missing: it must be a string' }] },
  policy_invalid: {
    errors: [{ path: 'rules.0.flow', message: 'names the flow "refnd", which does not exist', line: 3 }],
  },
  already_decided: {
    outcome: { status: 'denied', reason_code: 'veto', decided_by: null, decided_at: '2026-11-27T16:20:00.000Z' },
  },
  not_approved: { status: 'pending' },
  level_closed: { level: 'team' },
  level_required: { levels: ['team', 'finance'] },
  assurance_required: { have: 'session', need: 'sso' },
};

/** One example for each code that an operation declares, shared by all operations. */
export function problemExamples(routes: readonly Route[]) {
  const declared = new Set(routes.flatMap(problemsOf));
  return ERROR_CODES.filter((code) => declared.has(code)).map((code) => {
    const { title, advice } = PROBLEMS[code];
    const error = new AgentWardenError(code, advice ?? `${title}.`, FACTS[code]);
    return { name: code, summary: title, value: problemOf(error, 'b3f0c9a2-6d5e-4c1b-9f7a-2e8d4c6b1a00') };
  });
}
