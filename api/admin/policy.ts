/** Routes for the policy: read, publish, validate. */
import { z } from 'zod';
import { authorOf } from '../../application/audited-change';
import {
  currentPolicy,
  findPolicyVersion,
  listPolicyVersions,
  publishPolicy,
  validatePolicy,
  viewPolicy,
  type PolicyVersion,
} from '../../application/policy';
import type { JsonObject } from '../../domain/approval';
import { parseStrict } from '../../domain/digest';
import { AgentWardenError } from '../../domain/errors';
import { timestamp } from '../../domain/timestamp';
import type { HttpDeps } from '../http/deps';
import { ok, route } from '../http/route';
import { PageQuery, listOf } from '../http/schemas';
import {
  DocumentBody,
  PolicySchema,
  PublishHeaders,
  PublishQuery,
  ValidationSchema,
  VersionParams,
  VersionSchema,
} from './policy-schema';

const tag = 'policy';
/** Takes the document itself, or wrapped in `{"document": …}` as for a simulation. The parser reports the faults of any other body. */
function documentIn(body: string): string {
  if (!/^\s*\{\s*"document"\s*:/.test(body)) return body;
  try {
    const { document, ...more } = parseStrict(body) as JsonObject;
    if (Object.keys(more).length > 0) return body;
    return typeof document === 'string' ? document : JSON.stringify(document, null, 2);
  } catch {
    return body;
  }
}

const head = (found: PolicyVersion | null) => ({
  version: found?.version ?? 0,
  published_at: found === null ? null : timestamp(found.published_at.getTime()),
  published_by: found?.published_by ?? null,
});

const present = async (deps: HttpDeps, found: PolicyVersion | null) => ({
  ...head(found),
  ...(await viewPolicy(deps, found)),
});

const etag = (version: number): Record<string, string> => ({ ETag: `"${version}"` });

export const get = route({
  id: 'get-policy',
  method: 'get',
  path: '/api/policy',
  tag,
  summary: 'The policy in force',
  access: 'auditor',
  answers: { 200: PolicySchema },
  answer_headers: { ETag: 'The version, for If-Match' },
  async handler(deps) {
    const policy = await present(deps, await currentPolicy(deps.db));
    return ok(policy, etag(policy.version));
  },
});

/** Reads `"3"`, `3` or `W/"3"` from If-Match. */
function expectedVersion(given: string | undefined): number {
  if (given === undefined)
    throw new AgentWardenError(
      'if_match_required',
      'Publishing needs the version that was edited, so that nobody’s change is lost.',
    );
  const version = /^(?:W\/)?"?(\d{1,9})"?$/.exec(given.trim())?.[1];
  if (version === undefined)
    throw new AgentWardenError(
      'invalid_request',
      `If-Match is ${JSON.stringify(given.slice(0, 40))}; it must be one version, like "3".`,
      { errors: [{ path: 'If-Match', message: 'is not a version' }] },
    );
  return Number(version);
}

export const put = route({
  id: 'publish-policy',
  method: 'put',
  path: '/api/policy',
  tag,
  summary: 'Publish a policy; refused whole when anything in it is wrong',
  access: 'admin',
  query: PublishQuery,
  request_headers: PublishHeaders,
  body: DocumentBody,
  body_kind: 'document',
  answers: { 200: PolicySchema },
  answer_headers: { ETag: 'The new version' },
  problems: ['policy_conflict', 'policy_invalid', 'if_match_required'],
  async handler(deps, { caller, query, body, headers, ip }) {
    const expected_version = expectedVersion(headers['if-match']);
    const published = await publishPolicy(deps, authorOf(caller, ip), {
      document: documentIn(body),
      note: query.note ?? null,
      expected_version,
    });
    const policy = await present(deps, published);
    return ok(policy, etag(policy.version));
  },
});

export const versions = route({
  id: 'list-policy-versions',
  method: 'get',
  path: '/api/policy/versions',
  tag,
  summary: 'Published versions, newest first',
  access: 'auditor',
  query: z.strictObject(PageQuery),
  answers: { 200: listOf(VersionSchema) },
  async handler(deps, { query }) {
    const page = await listPolicyVersions(deps.db, query);
    return ok({ ...page, items: page.items.map((found) => ({ ...head(found), note: found.note })) });
  },
});

export const version = route({
  id: 'get-policy-version',
  method: 'get',
  path: '/api/policy/versions/{version}',
  tag,
  summary: 'One version, as it was published',
  access: 'auditor',
  params: VersionParams,
  answers: { 200: PolicySchema },
  async handler(deps, { params }) {
    const found = params.version === 0 ? null : await findPolicyVersion(deps.db, params.version);
    if (found === null && params.version !== 0)
      throw new AgentWardenError(
        'not_found',
        `There is no policy version ${params.version}. Look it up with GET /api/policy/versions.`,
      );
    return ok(await present(deps, found));
  },
});

export const validate = route({
  id: 'validate-policy',
  method: 'post',
  path: '/api/policy/validate',
  tag,
  summary: 'Every mistake of a document, with its place; publishes nothing',
  access: 'auditor',
  body: DocumentBody,
  body_kind: 'document',
  answers: { 200: ValidationSchema },
  async handler(deps, { body }) {
    return ok(await validatePolicy(deps, documentIn(body)));
  },
});
