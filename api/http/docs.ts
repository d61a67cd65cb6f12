/** `/openapi.json` and `/docs`: the contract for machines and for people, from this server alone. */
import { z } from 'zod';
import { renderReference, type ReferenceDocument } from '../../rendering/pages/reference';
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
      handler: () => htmlPage(renderReference(document() as ReferenceDocument, problemTable())),
    }),
  ];
}
