/** `/openapi.json` and `/docs`: the contract for machines and for people, from this server alone. */
import { z } from 'zod';
import { html, type HtmlValue } from '../../rendering/html';
import { page } from '../../rendering/pages/page';
import { EXAMPLES } from './examples';
import { openApiDocument, problemTable, type OpenApiDocument } from './openapi';
import { htmlPage, ok, route, type Route } from './route';

const Document = z
  .looseObject({ openapi: z.string().describe('Version of the OpenAPI specification.') })
  .register(EXAMPLES, { example: { openapi: '3.1.0' } });

/** `routes` returns all routes, these two included. It is called late, when the table is complete. */
export function docsRoutes(routes: () => readonly Route[]): Route[] {
  let made: OpenApiDocument | null = null;
  const document = (): OpenApiDocument => (made ??= openApiDocument(routes()));
  return [
    route({
      id: 'openapi',
      method: 'get',
      path: '/openapi.json',
      tag: 'operators',
      summary: 'This document',
      access: 'public',
      limit: 'page',
      answers: { 200: Document },
      handler: () => ok({ ...document() }),
    }),
    route({
      id: 'docs',
      method: 'get',
      path: '/docs',
      tag: 'operators',
      summary: 'This document, for people',
      access: 'public',
      limit: 'page',
      page: true,
      answers: { 200: 'The reference' },
      handler: () => htmlPage(renderDocs(document())),
    }),
  ];
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

function renderDocs(document: OpenApiDocument): string {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    METHODS.flatMap((method) => (item[method] ? [{ path, method, operation: item[method] }] : [])),
  );
  const tags = [...new Set(operations.map(({ operation }) => operation.tags?.[0] ?? ''))];
  return page({ title: `${document.info.title} · reference` }, [
    html`<h1>${document.info.title} ${document.info.version}</h1>
      <p>${document.info.description} The same as data: <a href="/openapi.json">/openapi.json</a>.</p>`,
    tags.map(
      (tag) =>
        html`<section>
          <h2>${tag}</h2>
          ${operations.filter(({ operation }) => operation.tags?.[0] === tag).map(renderOperation)}
        </section>`,
    ),
    html`<section>
      <h2>schemas</h2>
      ${Object.entries(document.components?.schemas ?? {}).map(([name, schema]) => foldable(name, schema))}
    </section>`,
    html`<section>
      <h2>problems</h2>
      <ul>
        ${problemTable().map(({ code, status, title }) => html`<li>${status} <span class="mono">${code}</span> ${title}</li>`)}
      </ul>
    </section>`,
  ]);
}

type Operation = NonNullable<NonNullable<OpenApiDocument['paths']>[string]['get']>;

const renderOperation = ({
  path,
  method,
  operation,
}: {
  path: string;
  method: string;
  operation: Operation;
}): HtmlValue =>
  html`<article class="box">
    <h3 class="mono" id="${operation.operationId}">${method.toUpperCase()} ${path}</h3>
    <p>${operation.summary?.split('`').map((part, at) => (at % 2 ? html`<span class="mono">${part}</span>` : part))}</p>
    ${operation.parameters && operation.parameters.length > 0 && foldable('parameters', operation.parameters)}
    ${operation.requestBody !== undefined && foldable('body', operation.requestBody)}
    ${foldable('answers', operation.responses)}
  </article>`;

const foldable = (title: string, content: unknown): HtmlValue =>
  html`<details>
    <summary>${title}</summary>
    <pre>${JSON.stringify(content, null, 2)}</pre>
  </details>`;
