/** Builds the OpenAPI 3.1 document from the same table of routes that the router serves. */
import { OpenAPIRegistry, OpenApiGeneratorV31, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { ApprovalSchema } from './approval-schema';
import type { Access } from './authentication';
import { EXAMPLES } from './examples';
import { media, nameOf, PAGE } from './openapi-content';
import { ProblemSchema } from './problem-schema';
import { problemExamples, problemResponses } from './openapi-problems';
import { PROBLEMS } from './problems';
import type { BodyKind, Route } from './route';
import { Action, JsonObjectSchema } from './schemas';
import { UserSchema } from './user-schema';

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

const SECURITY_SCHEMES = {
  agentKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'An agent key: aw_…' },
  agentBearer: { type: 'http', scheme: 'bearer', description: 'An agent key: aw_…' },
  userToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'What `agentwarden token EMAIL` prints',
  },
  session: { type: 'apiKey', in: 'cookie', name: 'aw_session', description: '`__Host-aw_session` on https' },
  metricsToken: { type: 'http', scheme: 'bearer', description: 'METRICS_TOKEN; not needed on this machine' },
} as const;

const MEDIA: Record<BodyKind, string> = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  document: 'application/json',
};

/** A body of the kind `document`, in the form that client generators know: they skip an operation that takes YAML. */
const PolicyDocument = z
  .object({
    document: z
      .union([z.string(), JsonObjectSchema])
      .describe('The policy: its text (YAML or JSON), or the object itself.'),
  })
  .meta({
    id: 'PolicyDocument',
    description:
      'The policy in an envelope. Without the envelope the policy is taken too: as JSON, or as YAML with Content-Type application/yaml, text/yaml or text/plain.',
  })
  .register(EXAMPLES, {
    example: { document: 'version: 1\nrules:\n  - { id: refund, action: refund.*, effect: require_approval }\n' },
  });

/** Schemas that `named` describes for one field. They come first, because the generator keeps the description of the first use. */
const NAMED_FIRST = [JsonObjectSchema, Action, ProblemSchema, ApprovalSchema, UserSchema];

/** The version of the contract, not of the server: a release that only adds to the contract keeps it. */
const CONTRACT_VERSION = '1.0';

export type OpenApiDocument = ReturnType<OpenApiGeneratorV31['generateDocument']>;

/** The same on every deployment: `servers` is relative, so the document is committed as docs/reference/openapi.json. */
export function openApiDocument(routes: readonly Route[]): OpenApiDocument {
  const registry = new OpenAPIRegistry();
  for (const [name, scheme] of Object.entries(SECURITY_SCHEMES))
    registry.registerComponent('securitySchemes', name, scheme);
  for (const [name, value] of namedExamples(routes)) registry.registerComponent('examples', name, { value });
  for (const { name, ...example } of problemExamples(routes)) registry.registerComponent('examples', name, example);
  for (const route of routes) registry.registerPath(operation(route));
  const first = NAMED_FIRST.map((schema) => ({ type: 'schema' as const, schema }));
  const document = new OpenApiGeneratorV31([...first, ...registry.definitions]).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'AgentWarden Approvals',
      version: CONTRACT_VERSION,
      description: 'Durable human approvals for the actions of software agents.',
    },
    servers: [{ url: '/' }],
  });
  return withPlainReferences(document) as OpenApiDocument;
}

/** Replaces the `allOf` that the generator writes for a reference with a description: client generators would make another type of it. OpenAPI 3.1 allows a description beside `$ref`. */
function withPlainReferences(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withPlainReferences);
  if (typeof node !== 'object' || node === null) return node;
  const { allOf, ...rest } = node as { allOf?: object[] };
  if (allOf && Object.keys(rest).length === 0) return Object.assign({}, ...allOf) as unknown;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, withPlainReferences(value)]));
}

const bodyOf = ({ body, body_kind }: Route): z.ZodType | undefined =>
  body_kind === 'document' ? PolicyDocument : body;

/** The schemas for which the route gives no example of its own. */
const shown = (route: Route): z.ZodType[] =>
  Object.entries({ ...route.answers, body: bodyOf(route) }).flatMap(([place, schema]) =>
    schema === undefined || typeof schema === 'string' || Object.hasOwn(route.examples ?? {}, place) ? [] : [schema],
  );

function namedExamples(routes: readonly Route[]): Map<string, unknown> {
  const examples = new Map<string, unknown>();
  for (const schema of routes.flatMap(shown)) {
    const name = nameOf(schema);
    const example = EXAMPLES.get(schema)?.example;
    if (name !== undefined && example !== undefined) examples.set(name, example);
  }
  return examples;
}

function operation(route: Route): RouteConfig {
  const { method, path, id, summary, tag, access, params, query, request_headers, examples } = route;
  const body = bodyOf(route);
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
              content: { [MEDIA[route.body_kind ?? 'json']]: media(body, examples?.body) },
              ...(body.description === undefined ? {} : { description: body.description }),
            },
          }
        : {}),
    },
    responses: { ...problemResponses(route), ...answers(route) },
  };
}

function answers(route: Route): RouteConfig['responses'] {
  const entries = Object.entries(route.answers).map(([status, answer]) => {
    const headers = Number(status) < 300 ? headersOf(route.answer_headers) : undefined;
    const description = typeof answer === 'string' ? answer : (answer.description ?? route.summary);
    return [status, { description, ...(headers ? { headers } : {}), ...contentOf(route, Number(status), answer) }];
  });
  return Object.fromEntries(entries) as RouteConfig['responses'];
}

function contentOf(route: Route, status: number, answer: z.ZodType | string) {
  const example = route.examples?.[status];
  if (typeof answer !== 'string') return { content: { 'application/json': media(answer, example) } };
  if (status === 204 || status === 303) return {};
  return { content: route.page ? PAGE : { [route.produces ?? 'text/plain']: media(z.string(), example) } };
}

const headersOf = (headers: Record<string, string> | undefined) =>
  headers &&
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' as const } }]),
  );

/** For the reference: each code with its status. */
export const problemTable = (): { code: string; status: number; title: string }[] =>
  Object.entries(PROBLEMS).map(([code, { status, title }]) => ({ code, status, title }));
