/** `/docs`: the OpenAPI document for people. Plain HTML, so that it reads without a script. */
import { html, type HtmlValue, type Markup } from '../html';
import { page } from './page';
import { fieldList, fieldRow, prose, typeOf, type Schema } from './reference-fields';

interface Media {
  schema?: Schema;
  example?: unknown;
  examples?: Record<string, { $ref?: string }>;
}
interface Answer {
  description?: string;
  headers?: Record<string, { description?: string }>;
  content?: Record<string, Media>;
}
interface Operation {
  operationId?: string;
  summary?: string;
  tags?: string[];
  security?: Record<string, unknown>[];
  parameters?: { name: string; in: string; required?: boolean; schema: Schema }[];
  requestBody?: { description?: string; required?: boolean; content: Record<string, Media> };
  responses: Record<string, Answer>;
}

/** The part of the OpenAPI document that the page shows. */
export interface ReferenceDocument {
  openapi: string;
  info: { title: string; version: string; description?: string };
  paths: Record<string, Partial<Record<Method, Operation>>>;
  components: {
    schemas: Record<string, Schema>;
    examples: Record<string, { value: unknown }>;
    securitySchemes: Record<string, { description?: string; name?: string; scheme?: string; in?: string }>;
  };
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
type Method = (typeof METHODS)[number];

interface Listed {
  path: string;
  method: Method;
  operation: Operation;
}

export interface ProblemRow {
  code: string;
  status: number;
  title: string;
}

export function renderReference(document: ReferenceDocument, problems: readonly ProblemRow[]): string {
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => (item[method] ? [{ path, method, operation: item[method] }] : [])),
  );
  const tags = [...new Set(operations.map(({ operation }) => operation.tags?.[0] ?? ''))];
  const tagged = (tag: string): Listed[] => operations.filter(({ operation }) => operation.tags?.[0] === tag);
  const { info, openapi, components } = document;
  return page({ title: `${info.title} · reference` }, [
    html`<h1>${info.title} ${info.version}</h1>
      <p>${info.description} For machines: <a href="/openapi.json">/openapi.json</a> (OpenAPI ${openapi}).</p>`,
    contents(tags.map((tag) => ({ tag, operations: tagged(tag) }))),
    signingIn(components.securitySchemes),
    tags.map(
      (tag) =>
        html`<section>
          <h2 id="${tag}">${tag}</h2>
          ${tagged(tag).map((listed) => renderOperation(document, listed))}
        </section>`,
    ),
    html`<section>
      <h2 id="schemas">schemas</h2>
      ${Object.entries(components.schemas).map(([name, schema]) => renderSchema(name, schema))}
    </section>`,
    renderProblems(problems),
  ]);
}

const titleOf = ({ method, path }: Listed): string => `${method.toUpperCase()} ${path}`;

const contents = (groups: { tag: string; operations: Listed[] }[]): Markup =>
  html`<nav class="box" aria-label="Contents">
      ${groups.map(({ tag, operations }) =>
        fold(
          tag,
          html`<ul>
            ${operations.map((listed) => html`<li><a class="mono" href="#${listed.operation.operationId}">${titleOf(listed)}</a></li>`)}
          </ul>`,
        ),
      )}
    </nav>
    <p class="after">
      <a href="#credentials">credentials</a> · <a href="#schemas">schemas</a> · <a href="#problems">problems</a>
    </p>`;

const signingIn = (schemes: ReferenceDocument['components']['securitySchemes']): Markup =>
  html`<section>
    <h2 id="credentials">credentials</h2>
    <div class="box">
      <dl>
        ${Object.entries(schemes).map(
          ([id, { name, scheme, in: place, description }]) =>
            html`<div class="f long">
              <dt id="credential-${id}"><span class="mono">${id}</span></dt>
              <dd>
                <p>
                  <span class="dim"
                    >${scheme === 'bearer' ? html`<span class="mono">Authorization: Bearer …</span>` : html`${place} <span class="mono">${name}</span>`}</span
                  ><br />${prose(description)}
                </p>
              </dd>
            </div>`,
        )}
      </dl>
    </div>
  </section>`;

function renderOperation(document: ReferenceDocument, listed: Listed): Markup {
  const { operationId, summary, security = [], parameters = [], requestBody, responses } = listed.operation;
  const credentials = [...new Set(security.flatMap((one) => Object.keys(one)))];
  const refusals = Object.entries(responses).filter(([status]) => Number(status) >= 400);
  const answers = Object.entries(responses).filter(([status]) => Number(status) < 400);
  return html`<article class="box">
    <h3 class="mono" id="${operationId}">${titleOf(listed)}</h3>
    <p>
      ${prose(summary)}${credentials.length > 0 && html`<br /><span class="dim">with ${credentials.map((id, at) => [at > 0 && ' or ', html`<a href="#credential-${id}">${id}</a>`])}</span>`}
    </p>
    ${parameters.length > 0 && fold('Parameters', html`<dl>${parameters.map(({ name, in: place, required, schema }) => fieldRow(name, schema, `${place}${required === true ? '' : ', optional'}`))}</dl>`)}
    ${requestBody && Object.entries(requestBody.content).map(([type, media]) => fold(html`Body <span class="dim">${type}${requestBody.required === false && ', optional'}</span>`, renderBody(document, media)))}
    ${answers.map(([status, answer]) => fold(html`${status} <span class="dim">${prose(answer.description)}</span>`, renderAnswer(document, answer)))}
    ${
      refusals.length > 0 &&
      fold(
        'Problems',
        html`<ul>
          ${refusals.map(([status, { description }]) => html`<li>${status} ${prose(description)}</li>`)}
        </ul>`,
      )
    }
  </article>`;
}

const fold = (title: HtmlValue, content: HtmlValue): Markup =>
  html`<details class="ref">
    <summary>${title}</summary>
    ${content}
  </details>`;

function renderAnswer(document: ReferenceDocument, { headers = {}, content = {} }: Answer): HtmlValue {
  const shown = Object.entries(headers);
  return [
    shown.length > 0 &&
      html`<dl>
        ${shown.map(
          ([name, { description }]) =>
            html`<div class="f long">
              <dt><span class="mono">${name}</span></dt>
              <dd>
                <p><span class="dim">header</span><br />${prose(description)}</p>
              </dd>
            </div>`,
        )}
      </dl>`,
    Object.values(content).map((media) => renderMedia(document, media)),
    shown.length === 0 && Object.keys(content).length === 0 && html`<p>Without a body.</p>`,
  ];
}

/** Shows a request body: its fields, and an example. */
function renderBody(document: ReferenceDocument, { schema = {}, ...media }: Media): HtmlValue {
  const name = schema.$ref?.split('/').at(-1);
  return renderMedia(document, { ...media, schema: name === undefined ? schema : document.components.schemas[name]! });
}

/** The fields of the schema, or its name where they are in the list of schemas; and an example. */
function renderMedia({ components }: ReferenceDocument, { schema = {}, example, examples = {} }: Media): HtmlValue {
  const shared = Object.values(examples).map(({ $ref = '' }) => components.examples[$ref.split('/').at(-1)!]?.value);
  const given = [...(example === undefined ? [] : [example]), ...shared];
  return [
    schema.properties ? fieldList(schema) : html`<p>${typeOf(schema)}</p>`,
    given.length > 0 && html`<p class="dim">Example</p>`,
    given.map((value) => html`<pre>${typeof value === 'string' ? value : JSON.stringify(value, null, 2)}</pre>`),
  ];
}

const renderSchema = (name: string, schema: Schema): Markup =>
  html`<article class="box">
    <h3 class="mono" id="schema-${name}">${name}</h3>
    <p>${prose(schema.description)}${!schema.properties && html`<br /><span class="dim">${typeOf(schema)}</span>`}</p>
    ${fieldList(schema)}
  </article>`;

const renderProblems = (problems: readonly ProblemRow[]): Markup =>
  html`<section>
    <h2 id="problems">problems</h2>
    <div class="box">
      <dl>
        ${problems.map(
          ({ code, status, title }) =>
            html`<div class="f long">
              <dt id="problem-${code}"><span class="mono">${code}</span></dt>
              <dd>${status} ${title}</dd>
            </div>`,
        )}
      </dl>
    </div>
  </section>`;
