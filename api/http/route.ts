/**
 * A route is one row of a table: path, method, access, schemas of the request and the answers, and the handler. The router,
 * the 405 answers, the validation and the OpenAPI document all come from these rows, so they cannot differ.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { z } from 'zod';
import type { ErrorCode } from '../../domain/errors';
import type { Access } from './authentication';
import type { HttpDeps } from './deps';
import type { LimitName } from '../../application/limits';

export const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
export type Method = (typeof METHODS)[number];

/** `json` strictly parsed; `form` urlencoded, of a page; `document` the text of a policy, YAML or JSON. */
export type BodyKind = 'json' | 'form' | 'document';

type Headers = Record<string, string | string[]>;

export interface JsonAnswer<Status extends number, Json> {
  status: Status;
  json: Json;
  html?: never;
  text?: never;
  headers?: Headers | undefined;
}

/** An answer without JSON: a page, a redirect, another text, or nothing at all. */
export interface BareAnswer {
  status: number;
  json?: never;
  html?: string;
  text?: { type: string; body: string };
  headers?: Headers | undefined;
}

export type Answer = JsonAnswer<number, unknown> | BareAnswer;

/** Status → schema of its JSON; a string describes an answer without JSON. */
type Answers = Record<number, z.ZodType | string>;

/** Replaces the examples of the schemas where they do not fit this route: for the body, or for an answer by its status. */
type RouteExamples<B, A extends Answers> = {
  [Status in keyof A & number]?: A[Status] extends z.ZodType ? z.input<A[Status]> : string;
} & (B extends z.ZodType ? { body?: z.input<B> } : unknown);

/** The answers that a handler may give. JSON must have a status with a schema, and must match that schema. */
type AnswerOf<A extends Answers> = {
  [Status in keyof A & number]: A[Status] extends z.ZodType ? JsonAnswer<Status, z.output<A[Status]>> : BareAnswer;
}[keyof A & number];

/** The request as a handler gets it: authenticated, parsed and validated. */
export interface Call<Caller, Params, Query, Body> {
  caller: Caller;
  params: Params;
  query: Query;
  body: Body;
  headers: IncomingHttpHeaders;
  /** The caller's address, behind the trusted proxies. */
  ip: string;
  request_id: string;
  /** Aborted when the caller closes the connection or the server stops. */
  gone: AbortSignal;
}

type Out<S> = S extends z.ZodType ? z.output<S> : undefined;

export interface RouteSpec<
  A extends Access,
  P extends z.ZodType | undefined,
  Q extends z.ZodType | undefined,
  B extends z.ZodType | undefined,
  S extends Answers,
> {
  id: string;
  method: Method;
  /** Parameters are `{name}`, as in OpenAPI. */
  path: string;
  summary: string;
  access: A;
  tag: string;
  limit?: LimitName;
  params?: P;
  query?: Q;
  body?: B;
  /** `json` when absent. */
  body_kind?: BodyKind;
  /** Treats an empty body as `{}`. */
  body_optional?: boolean;
  /** Request headers for the OpenAPI document; the handler reads them. */
  request_headers?: z.ZodObject;
  answers: S;
  examples?: RouteExamples<B, S>;
  /** Problems that the handler itself may answer with, besides those that follow from the row. For the OpenAPI document. */
  problems?: readonly ErrorCode[];
  /** Headers of the successful answer, for the OpenAPI document. */
  answer_headers?: Record<string, string>;
  /** The answer is an HTML page. */
  page?: boolean;
  /** Media type of the answer, when it is neither JSON nor HTML. */
  produces?: string;
  handler(deps: HttpDeps, call: Call<CallerOf<A>, Out<P>, Out<Q>, Out<B>>): Promise<AnswerOf<S>> | AnswerOf<S>;
}

export type CallerOf<A extends Access> = import('./authentication').Callers[A];

/** A row whose schemas and handler have been checked against each other by `route`. */
export type Route = Omit<
  RouteSpec<Access, z.ZodType | undefined, z.ZodType | undefined, z.ZodType | undefined, Answers>,
  'handler' | 'examples'
> & {
  examples?: Record<number, unknown> & { body?: unknown };
  handler(deps: HttpDeps, call: Call<never, never, never, never>): Promise<Answer> | Answer;
};

export function route<
  A extends Access,
  P extends z.ZodType | undefined = undefined,
  Q extends z.ZodType | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
  S extends Answers = Answers,
>(spec: RouteSpec<A, P, Q, B, S>): Route {
  return spec;
}

export const ok = <Json>(json: Json, headers?: Headers): JsonAnswer<200, Json> => ({ status: 200, json, headers });
export const created = <Json>(json: Json, location: string): JsonAnswer<201, Json> => ({
  status: 201,
  json,
  headers: { Location: location },
});
export const noContent = (): BareAnswer => ({ status: 204 });
export const htmlPage = (html: string, status = 200, headers?: Headers): BareAnswer => ({ status, html, headers });
/** The answer to a form's POST: the browser continues with a GET, so a reload sends nothing again. */
export const seeOther = (location: string, headers?: Headers): BareAnswer => ({
  status: 303,
  headers: { ...headers, Location: location },
});
