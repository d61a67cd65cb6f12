/** Parses and validates a request's body and query. Every fault is named with its path. */
import type { z } from 'zod';
import type { Json } from '../../domain/approval';
import { parseStrict } from '../../domain/digest';
import { AgentWardenError, invalidRequest, type Fault } from '../../domain/errors';
import type { BodyKind, Route } from './route';

const TYPES: Record<BodyKind, { accepts: RegExp; says: string }> = {
  json: { accepts: /^application\/(json|[\w.+-]+\+json)\s*(;|$)/i, says: 'application/json' },
  form: { accepts: /^application\/x-www-form-urlencoded\s*(;|$)/i, says: 'application/x-www-form-urlencoded' },
  document: {
    accepts: /^(application\/(json|yaml|x-yaml)|text\/(yaml|x-yaml|plain))\s*(;|$)/i,
    says: 'application/yaml or application/json',
  },
};

/** `raw` null: the request had no body. */
export function readBody(route: Route, contentType: string | undefined, raw: Buffer | null): unknown {
  if (route.body === undefined) return undefined;
  const kind = route.body_kind ?? 'json';
  if (raw === null || raw.length === 0) {
    if (route.body_optional) return parse(route.body, kind === 'document' ? '' : {});
    if (raw === null || contentType === undefined)
      throw invalidRequest([{ path: '', message: `a body of type ${TYPES[kind].says} is missing` }]);
  }
  if (!TYPES[kind].accepts.test(contentType ?? ''))
    throw new AgentWardenError(
      'unsupported_media_type',
      `The body is ${contentType === undefined ? 'of no stated type' : JSON.stringify(contentType.slice(0, 80))}, and this takes ${TYPES[kind].says}. Set Content-Type.`,
    );
  return parse(route.body, READERS[kind](raw));
}

const READERS: Record<BodyKind, (raw: Buffer) => unknown> = {
  json: strictJson,
  form: (raw) => Object.fromEntries(new URLSearchParams(raw.toString('utf8'))),
  document: (raw) => textOf(raw),
};

function textOf(raw: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(raw);
  } catch {
    throw invalidRequest([{ path: '', message: 'is not UTF-8' }]);
  }
}

function strictJson(raw: Buffer): Json {
  const json = parseStrict(raw);
  // Postgres cannot store U+0000. Its escape is rare, so the whole body is almost never searched.
  if (raw.includes('\\u0000')) {
    const faults: Fault[] = [];
    findNul(json, '', faults);
    if (faults.length > 0) throw invalidRequest(faults.slice(0, 50));
  }
  return json;
}

function findNul(json: Json, path: string, faults: Fault[]): void {
  if (typeof json === 'string' && json.includes('\0'))
    faults.push({ path, message: 'holds the character U+0000, which cannot be stored' });
  if (json === null || typeof json !== 'object') return;
  for (const [key, value] of Object.entries(json)) {
    const at = path === '' ? key : `${path}.${key}`;
    if (key.includes('\0'))
      faults.push({ path, message: 'has a key with the character U+0000, which cannot be stored' });
    findNul(value, at, faults);
  }
}

/** Throws `invalid_request` with the path of each fault. */
export function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalidRequest(faultsOf(parsed.error.issues));
}

function faultsOf(issues: readonly z.core.$ZodIssue[]): Fault[] {
  return issues
    .flatMap((issue) => {
      const path = issue.path.map(String).join('.');
      if (issue.code === 'unrecognized_keys')
        return issue.keys.map((key) => ({
          path: path === '' ? key : `${path}.${key}`,
          message: 'is not a field here',
        }));
      return [{ path, message: plainly(issue) ?? lower(issue.message) }];
    })
    .slice(0, 50);
}

/** Plainer messages than zod's "expected array, received undefined" and "invalid option: expected one of …". */
function plainly(issue: z.core.$ZodIssue): string | undefined {
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined'))
    return `is missing: it must be ${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`;
  if (issue.code === 'invalid_value')
    return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
  return undefined;
}

const lower = (message: string): string => message.replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase());
