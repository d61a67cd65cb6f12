/** Serves a request by its route: authenticate, limit, parse, call the handler, send the answer or the problem. */
import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import { AgentWardenError } from '../../domain/errors';
import { renderMessagePage } from '../../rendering/pages/login';
import { LABELS, pages } from '../../rendering/texts';
import type { AgentCaller, PersonCaller } from '../../application/caller';
import { identify, type Asking } from './authentication';
import { parse, readBody } from './body';
import type { HttpDeps } from './deps';
import { foreseen, problemOf, unforeseenProblem, type Problem } from './problems';
import { readRawBody } from './raw-body';
import type { Answer, Route } from './route';

export type Handler = (request: Request, response: Response, next: NextFunction) => void;

/** Serves all methods of one path: finds the route by method, and refuses other methods. */
export function handlePath(deps: HttpDeps, routes: readonly Route[]): Handler {
  const byMethod = new Map(routes.map((route) => [route.method as string, route]));
  const allowed = [...byMethod.keys()].map((method) => method.toUpperCase());
  if (byMethod.has('get')) allowed.push('HEAD');
  allowed.push('OPTIONS');
  const page = routes.some((route) => route.page === true);
  return (request, response) => {
    const method = request.method.toLowerCase();
    const route = byMethod.get(method === 'head' ? 'get' : method);
    if (route) return void serve(deps, route, request, response);
    response.setHeader('Allow', allowed.join(', '));
    if (method === 'options') return void response.status(204).end();
    const error = new AgentWardenError(
      'method_not_allowed',
      `${request.method} is not possible here; ${allowed.join(', ')} are.`,
    );
    return sendError(deps, error, request, response, page);
  };
}

async function serve(deps: HttpDeps, route: Route, request: Request, response: Response): Promise<void> {
  const stop = deps.telemetry.timeRequest(route.id);
  try {
    send(response, request.method, await answer(deps, route, request, response));
  } catch (error) {
    if (isSignedOutVisit(route, request, error))
      send(response, 'GET', { status: 303, headers: { Location: loginUrl(request) } });
    else sendError(deps, error, request, response, route.page === true);
  } finally {
    stop(response.statusCode);
  }
}

async function answer(deps: HttpDeps, route: Route, request: Request, response: Response): Promise<Answer> {
  const asking: Asking = {
    headers: request.headers,
    ip: request.ip ?? request.socket.remoteAddress ?? 'unknown',
    peer: request.socket.remoteAddress ?? '',
    method: request.method,
    url: request.originalUrl,
  };
  const caller = await identify(deps, route.access, asking);
  takeFromBudget(deps, route, caller, asking.ip);
  const raw = route.body === undefined ? null : await readRawBody(request);
  const call = {
    caller,
    params: route.params ? parseParams(route, request) : undefined,
    query: route.query ? parse(route.query, queryOf(request)) : undefined,
    body: readBody(route, request.headers['content-type'], raw),
    headers: request.headers,
    ip: asking.ip,
    request_id: response.getHeader('X-Request-Id') as string,
    get gone() {
      return goneSignal(request, response);
    },
  };
  return route.handler(deps, call as never);
}

function takeFromBudget(deps: HttpDeps, route: Route, caller: unknown, ip: string): void {
  if (caller === null) return route.limit === undefined ? undefined : deps.limiter.take(route.limit, ip);
  if ('key' in (caller as object)) return deps.limiter.take(route.limit ?? 'agent', (caller as AgentCaller).key.id);
  return deps.limiter.take(route.limit ?? 'person', (caller as PersonCaller).person.id);
}

/** A path parameter that cannot be an id is `not_found`. */
function parseParams(route: Route, request: Request): unknown {
  const parsed = route.params!.safeParse(request.params);
  if (parsed.success) return parsed.data;
  throw new AgentWardenError('not_found', 'There is nothing at this address.');
}

/** Keeps repeated parameters as an array, so that the schema refuses them instead of taking the last. */
function queryOf(request: Request): Record<string, string | string[]> {
  const search = new URLSearchParams(request.originalUrl.split('?').slice(1).join('?'));
  return Object.fromEntries(
    [...new Set(search.keys())].map((key) => [
      key,
      search.getAll(key).length > 1 ? search.getAll(key) : search.get(key)!,
    ]),
  );
}

function goneSignal(request: Request, response: Response): AbortSignal {
  const controller = new AbortController();
  if (request.socket.destroyed) controller.abort();
  response.once('close', () => controller.abort());
  return controller.signal;
}

const loginUrl = (request: Request): string => `/login?return_to=${encodeURIComponent(request.originalUrl)}`;

const isSignedOutVisit = (route: Route, request: Request, error: unknown): boolean =>
  (route.access === 'page' || route.access === 'adminPage') &&
  ['GET', 'HEAD'].includes(request.method) &&
  error instanceof AgentWardenError &&
  error.code === 'unauthenticated';

function send(response: Response, method: string, answered: Answer): void {
  const { status, headers = {} } = answered;
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  const [type, body] = contentOf(answered);
  if (type !== null) {
    response.setHeader('Content-Type', type);
    response.setHeader('Content-Length', Buffer.byteLength(body));
  }
  response.end(method === 'HEAD' ? undefined : body);
}

function contentOf({ json, html, text }: Answer): [type: string | null, body: string] {
  if (html !== undefined) return ['text/html; charset=utf-8', html];
  if (text !== undefined) return [text.type, text.body];
  return json === undefined ? [null, ''] : ['application/json; charset=utf-8', JSON.stringify(json)];
}

export function sendError(deps: HttpDeps, error: unknown, request: Request, response: Response, page: boolean): void {
  const request_id = String(response.getHeader('X-Request-Id'));
  if (response.headersSent) return void response.destroy();
  const known = foreseen(error);
  if (known === null) deps.log.error({ err: error, request_id, method: request.method }, 'request failed');
  else if (known.code === 'unavailable' || known.code === 'outcome_unknown')
    deps.log.warn({ request_id, code: known.code, cause: messageOf(known.cause) }, 'request could not be served');
  const problem = known === null ? unforeseenProblem(request_id) : problemOf(known, request_id);
  if (problem.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
  if (problem.status === 413) response.setHeader('Connection', 'close');
  if (problem.retry_after_s !== undefined) response.setHeader('Retry-After', String(problem.retry_after_s));
  if (page) return send(response, request.method, { status: problem.status, html: problemPage(problem) });
  response.statusCode = problem.status;
  const body = JSON.stringify(problem);
  response.setHeader('Content-Type', 'application/problem+json');
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(request.method === 'HEAD' ? undefined : body);
}

const messageOf = (cause: unknown): string | undefined => (cause instanceof Error ? cause.message : undefined);

function problemPage({ title, detail, fix, status, request_id }: Problem): string {
  const body = fix === undefined ? detail : `${detail}\n${fix}`;
  return renderMessagePage({
    title: pages.problem_titles[status] ?? title,
    body: status >= 500 ? `${body}\n${pages.request(request_id)}` : body,
    status,
    ...(status < 500 ? { next: { label: status === 401 ? LABELS.sign_in : pages.list_back, url: '/approvals' } } : {}),
  });
}

export const requestId = (given: string | undefined): string =>
  given !== undefined && /^[A-Za-z0-9_.:-]{8,128}$/.test(given) ? given : randomUUID();
