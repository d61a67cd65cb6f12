/** The OpenAPI 3.1 document, made of the same rows that the router serves. */
import { OpenAPIRegistry, OpenApiGeneratorV31, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import type { Access } from './authentication';
import { PROBLEMS } from './problems';
import type { BodyKind, Route } from './route';
import { JsonObjectSchema, ProblemSchema } from './schemas';

const SECURITY: Record<Access, Record<string, string[]>[]> = {
  public: [],
  agent: [{ agentKey: [] }, { agentBearer: [] }],
  agentCached: [{ agentKey: [] }, { agentBearer: [] }],
  person: [{ userToken: [] }, { session: [] }],
  auditor: [{ userToken: [] }, { session: [] }],
  admin: [{ userToken: [] }, { session: [] }],
  page: [{ session: [] }, { userToken: [] }],
  adminPage: [{ session: [] }, { userToken: [] }],
  operator: [{ metricsToken: [] }, {}],
};

const MEDIA: Record<BodyKind, string> = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  document: 'application/json',
};

/** A body of the kind `document`, in the form that client generators know: they skip an operation that takes YAML. */
const PolicyDocument = z.object({ document: z.union([z.string(), JsonObjectSchema]) }).meta({
  id: 'PolicyDocument',
  description:
    'The policy in an envelope. Without the envelope the policy is taken too: as JSON, or as YAML with Content-Type application/yaml, text/yaml or text/plain.',
});

/** The version of the contract, not of the server: a release that only adds to the contract keeps it. */
const CONTRACT_VERSION = '1.0';

export type OpenApiDocument = ReturnType<OpenApiGeneratorV31['generateDocument']>;

/** The same on every deployment: `servers` is relative, so the document is committed as docs/reference/openapi.json. */
export function openApiDocument(routes: readonly Route[]): OpenApiDocument {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'agentKey', { type: 'apiKey', in: 'header', name: 'X-API-Key' });
  registry.registerComponent('securitySchemes', 'agentBearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'An agent key: aw_…',
  });
  registry.registerComponent('securitySchemes', 'userToken', { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' });
  registry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: 'aw_session',
    description: '`__Host-aw_session` on https',
  });
  registry.registerComponent('securitySchemes', 'metricsToken', {
    type: 'http',
    scheme: 'bearer',
    description: 'METRICS_TOKEN; not needed on this machine',
  });
  for (const route of routes) registry.registerPath(operation(route));
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'AgentWarden Approvals',
      version: CONTRACT_VERSION,
      description: 'Durable approvals by people for what software agents are about to do.',
    },
    servers: [{ url: '/' }],
  });
}

function operation(route: Route): RouteConfig {
  const { method, path, id, summary, tag, access, params, query, body, request_headers } = route;
  const kind = route.body_kind ?? 'json';
  return {
    method,
    path,
    operationId: id,
    summary,
    tags: [tag],
    security: SECURITY[access],
    request: {
      ...(params ? { params: params as z.ZodObject } : {}),
      ...(query ? { query: query as z.ZodObject } : {}),
      ...(request_headers ? { headers: request_headers } : {}),
      ...(body
        ? {
            body: {
              required: route.body_optional !== true,
              content: { [MEDIA[kind]]: { schema: kind === 'document' ? PolicyDocument : body } },
            },
          }
        : {}),
    },
    responses: { ...answers(route), default: refusal(route) },
  };
}

function answers(route: Route): RouteConfig['responses'] {
  const entries = Object.entries(route.answers).map(([status, answer]) => {
    const headers = Number(status) < 300 ? headersOf(route.answer_headers) : undefined;
    const description = typeof answer === 'string' ? answer : status === '201' ? 'Made' : 'The answer';
    const bodiless = typeof answer === 'string' && (status === '204' || status === '303');
    const type = route.page ? 'text/html' : (route.produces ?? 'application/json');
    const content = bodiless
      ? {}
      : { content: { [type]: { schema: typeof answer === 'string' ? z.string() : answer } } };
    return [status, { description, ...(headers ? { headers } : {}), ...content }];
  });
  return Object.fromEntries(entries) as RouteConfig['responses'];
}

const headersOf = (headers: Record<string, string> | undefined) =>
  headers &&
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' as const } }]),
  );

/** A page's refusal is a page; everything else answers a problem. */
const refusal = (route: Route): RouteConfig['responses'][string] => ({
  description: 'What went wrong, why, and what to do next',
  content: route.page
    ? { 'text/html': { schema: z.string() } }
    : { 'application/problem+json': { schema: ProblemSchema } },
});

/** For the reference: each code with its status. */
export const problemTable = (): { code: string; status: number; title: string }[] =>
  Object.entries(PROBLEMS).map(([code, { status, title }]) => ({ code, status, title }));
