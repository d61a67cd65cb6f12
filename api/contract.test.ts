import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import fc from 'fast-check';
import { routes } from './contract';
import type { Route } from './http/route';
import { startStage, type ApiStage, type Reply } from '../tests/support/api';

const COMMITTED = join(__dirname, '..', 'docs', 'reference', 'openapi.json');

/** Operations that also accept the text of a policy as their body. */
const DOCUMENTS = new Set(routes.filter(({ body_kind }) => body_kind === 'document').map(({ id }) => id));

const RUNS_PER_ROUTE = Number(process.env.FUZZ_RUNS ?? 12);

/** Replaces unpaired surrogates, because UTF-8 cannot encode them. */
const wellFormed = (text: string): string => Buffer.from(text).toString();

type Operation = { path: string; method: string; operation: any };

/** Values that are right, nearly right, and hostile. */
const scalar = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1e9',
    'true',
    'null',
    '..',
    '%00',
    "' or 1=1 --",
    'apr_x',
    'usr_x',
    'support-bot',
    'one.x',
    '2026-01-01',
    '2026-13-01T00:00:00Z',
    'approve',
    '__proto__',
    'constructor',
    '\u202e',
    '9'.repeat(400),
  ),
);
const anything = fc.oneof({ maxDepth: 3 }, fc.jsonValue({ maxDepth: 3 }), scalar, fc.double(), fc.constant(null));

/** A value that matches the schema, or sometimes any other value. */
function like(schema: any, components: any, depth = 0): fc.Arbitrary<unknown> {
  if (schema?.$ref) return like(components[schema.$ref.split('/').at(-1)], components, depth);
  const right = rightFor(schema ?? {}, components, depth);
  return fc.oneof({ weight: 6, arbitrary: right }, { weight: 1, arbitrary: anything });
}

function rightFor(schema: any, components: any, depth: number): fc.Arbitrary<unknown> {
  const any = schema.anyOf ?? schema.oneOf;
  if (any) return fc.oneof(...any.map((one: any) => like(one, components, depth)));
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === 'object' && schema.properties && depth < 5) {
    const fields = Object.fromEntries(
      Object.entries(schema.properties).map(([name, field]) => [name, like(field, components, depth + 1)]),
    );
    return fc.record(fields, { requiredKeys: (schema.required ?? []).filter((name: string) => name in fields) });
  }
  if (type === 'object')
    return fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 });
  if (type === 'array') return fc.array(like(schema.items, components, depth + 1), { maxLength: 3 });
  if (type === 'boolean') return fc.boolean();
  if (type === 'integer') return fc.integer({ min: -5, max: 300 });
  if (type === 'number') return fc.double({ min: -1e6, max: 1e6, noNaN: true });
  if (schema.format === 'date-time') return fc.constantFrom('2026-01-01T00:00:00Z', '2031-06-01T10:00:00+02:00');
  if (schema.format === 'email') return fc.constantFrom('ada@acme.example', 'new@acme.example');
  if (schema.pattern?.startsWith('^sha256')) return fc.constant(`sha256:${'a'.repeat(64)}`);
  return fc.constantFrom('support-bot', 'one.x', 'abc', 'ada@acme.example', '2h', 'X');
}

/** The document in which no object has other fields than the described ones, so that an answer with a field too many is found. */
function closed(node: any): any {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== 'object' || node === null) return node;
  const inner = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]));
  return inner.type && inner.properties && !('additionalProperties' in inner)
    ? { ...inner, additionalProperties: false }
    : inner;
}

function groupByPath(rows: readonly Route[]): Map<string, Route[]> {
  const paths = new Map<string, Route[]>();
  for (const row of rows) paths.set(row.path, [...(paths.get(row.path) ?? []), row]);
  return paths;
}

describe('every route of the OpenAPI document', () => {
  let stage: ApiStage;
  let document: any;
  let operations: Operation[];
  let components: any;
  let described: (ref: string) => ValidateFunction;
  let ids: Record<string, string[]>;

  beforeAll(async () => {
    const plenty = { points: 1e9, per_s: 60 };
    stage = await startStage(
      {},
      {
        refused: { ...plenty, by: 'ip' },
        page: { ...plenty, by: 'ip' },
        login_by_ip: { ...plenty, by: 'ip' },
        audit_verify: { ...plenty, by: 'person' },
      },
    );
    document = (await stage.call('/openapi.json')).json;
    components = document.components.schemas;
    operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item as object).map(([method, operation]) => ({ path, method, operation })),
    );
    const ajv = new Ajv2020({ strict: false, validateFormats: false }).addSchema({ $id: 'api', ...closed(document) });
    described = (ref) => ajv.getSchema(`api#/${ref}`) ?? ajv.compile({ $ref: `api#/${ref}` });
    await stage.as(stage.adminToken, '/api/agents/support-bot/permissions', {
      action: 'one.*',
      requires_approval: true,
    });
    const { json } = await stage.agent('/sdk/check', {
      agent_id: 'support-bot',
      action: 'one.x',
      context: { secret: 'zebra' },
    });
    await stage.agent(`/sdk/approvals/${json.approval_id}`);
    ids = {
      id: [json.approval_id, stage.admin.id],
      agent_id: ['support-bot'],
      version: ['0', '1'],
      token: ['x'],
      link_id: ['x'],
    };
  }, 60_000);
  afterAll(() => stage.close());

  const fill = (path: string, pick: (name: string) => string) =>
    path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(pick(name)));

  const send = ({ path, method, operation }: Operation, { where, query, headers, body }: any): Promise<Reply> => {
    const search = new URLSearchParams(query).toString();
    const types = Object.keys(operation.requestBody?.content ?? {});
    const yaml = typeof body === 'string' && DOCUMENTS.has(operation.operationId);
    const type = yaml ? 'application/yaml' : types[0];
    const text =
      body === undefined
        ? undefined
        : type === 'application/x-www-form-urlencoded'
          ? new URLSearchParams(body).toString()
          : yaml
            ? body
            : JSON.stringify(body);
    return stage.call(fill(path, where) + (search === '' ? '' : `?${search}`), {
      method: method.toUpperCase(),
      headers: { ...headers, ...(text === undefined ? {} : { 'content-type': type ?? 'application/json' }) },
      body: text,
    });
  };

  const answerOf = ({ path, method }: Operation, status: number): string =>
    `paths/${encodeURIComponent(path.replaceAll('/', '~1'))}/${method}/responses/${status}/content/application~1json/schema`;
  const faultsOf = (ref: string, { json }: Reply) => {
    const conforms = described(ref);
    return conforms(json) ? null : conforms.errors;
  };

  /** For a problem: the codes that the operation declares for its status. For any other answer: the declared statuses. */
  const declaredFor = ({ operation }: Operation, { status, headers }: Reply): unknown[] =>
    headers.get('content-type')?.includes('problem')
      ? Object.keys(operation.responses[status]?.content['application/problem+json'].examples ?? {})
      : Object.keys(operation.responses).map(Number);

  test('is the committed one, on this address as on every other', () => {
    expect(document).toEqual(JSON.parse(readFileSync(COMMITTED, 'utf8')));
    expect(document.servers).toEqual([{ url: '/' }]);
  });

  test('never answers 500, whatever it gets, and answers as the document says (T52)', async () => {
    // Deleting the admin's own role or switching them off would end the test early, not find anything.
    const credentials = () => [
      { authorization: `Bearer ${stage.adminToken}` },
      { 'x-api-key': stage.key },
      {},
      { authorization: 'Bearer aw_x' },
      { cookie: 'aw_session=x; aw_link=y; =; a' },
    ];
    for (const each of operations) {
      if (each.operation.operationId === 'change-user') ids.id = ['usr_none'];
      const query = fc.dictionary(
        fc.constantFrom(
          ...(each.operation.parameters ?? []).filter((p: any) => p.in === 'query').map((p: any) => p.name),
          'odd',
        ),
        scalar,
        { maxKeys: 3 },
      );
      const content = Object.values(each.operation.requestBody?.content ?? {})[0] as any;
      const request = fc.record({
        credential: fc.oneof(
          { weight: 4, arbitrary: fc.constant(/^\/sdk/.test(each.path) ? 1 : 0) },
          { weight: 1, arbitrary: fc.nat(4) },
        ),
        place: fc.oneof({ weight: 3, arbitrary: fc.nat(1) }, { weight: 1, arbitrary: scalar }),
        query,
        headers: fc.constantFrom<Record<string, string>>(
          {},
          {},
          { 'if-match': '"0"' },
          { 'if-match': 'x' },
          { 'idempotency-key': 'k' },
          { 'content-encoding': 'gzip' },
        ),
        body: content === undefined ? fc.constant(undefined) : like(content.schema, components),
      });
      await fc.assert(
        fc.asyncProperty(request, async ({ credential, place, query: search, headers, body }) => {
          const pick = (name: string): string =>
            typeof place === 'number'
              ? (ids[name]?.[place % ids[name].length] ?? 'x')
              : place === '' || place === '.' || place === '..'
                ? 'x'
                : wellFormed(place);
          const form =
            Object.keys(each.operation.requestBody?.content ?? {})[0]?.includes('form') && body !== undefined;
          const sent = form
            ? Object.fromEntries(Object.entries(Object(body)).map(([key, value]) => [key, wellFormed(String(value))]))
            : body;
          const reply = await send(each, {
            where: pick,
            query: Object.fromEntries(Object.entries(search).map(([key, value]) => [key, wellFormed(value)])),
            headers: { ...credentials()[credential], ...headers },
            body: sent,
          });
          if (reply.status >= 500) throw new Error(`${reply.status} ${reply.text}`);
          expect(declaredFor(each, reply)).toContain(reply.json?.code ?? reply.status);
          if (reply.status >= 400 && reply.headers.get('content-type')?.includes('problem'))
            expect(faultsOf('components/schemas/Problem', reply)).toBeNull();
          if (reply.status < 300 && reply.json !== undefined && each.operation.operationId !== 'openapi')
            expect(faultsOf(answerOf(each, reply.status), reply)).toBeNull();
          if (reply.status >= 400) expect(reply.text).not.toMatch(/node_modules|at \w+ \(|select .* from/i);
        }),
        { numRuns: RUNS_PER_ROUTE, endOnFailure: true },
      );
    }
  }, 240_000);

  test('shows an agent’s key nothing of another agent (T34)', async () => {
    const foreign = { 'x-api-key': await stage.newKey(['somebody-else']) };
    for (const each of operations.filter(({ path }) => /^\/(sdk|api|approvals|outbox)/.test(path))) {
      const body =
        each.operation.requestBody === undefined
          ? undefined
          : {
              digest: `sha256:${'a'.repeat(64)}`,
              use_id: 'u',
              decision: 'approve',
              agent_id: 'support-bot',
              action: 'one.x',
              status: 's',
              votes: [],
            };
      const only = ['cancel', 'revoke'].some((word) => each.path.endsWith(word))
        ? {}
        : each.path.endsWith('consume')
          ? { digest: body?.digest, use_id: 'u' }
          : each.path === '/sdk/check'
            ? { agent_id: 'support-bot', action: 'one.x' }
            : each.path === '/sdk/log'
              ? { agent_id: 'support-bot', action: 'one.x', status: 's' }
              : body;
      const reply = await send(each, {
        where: (name: string) => ids[name]?.[0] ?? 'x',
        query: {},
        headers: foreign,
        body: body && only,
      });
      if (each.operation.operationId === 'request-login-link') continue;
      expect([each.operation.operationId, reply.status]).toEqual([
        each.operation.operationId,
        each.path.startsWith('/sdk') ? 404 : 403,
      ]);
      expect(reply.text).not.toContain('zebra');
    }
  });

  test('answers each method that it does not have with 405, and each path that is not in it with 404', async () => {
    const byPath = groupByPath(routes);
    for (const [path, rows] of byPath) {
      const missing = ['get', 'post', 'put', 'patch', 'delete'].find(
        (method) => !rows.some((row) => row.method === method),
      )!;
      const reply = await stage.call(
        fill(path, () => 'x'),
        { method: missing.toUpperCase() },
      );
      expect([path, missing, reply.status]).toEqual([path, missing, 405]);
      expect(reply.headers.get('allow')).toContain(rows[0]!.method.toUpperCase());
    }
    for (const path of [
      '/api',
      '/api/events',
      '/api/channels',
      '/sdk',
      '/r',
      '/r/v',
      '/API/agents',
      '/twilio/sms',
      '/api/approvals/x/reassign',
    ])
      expect([path, (await stage.call(path)).status]).toEqual([path, 404]);
  });
});
