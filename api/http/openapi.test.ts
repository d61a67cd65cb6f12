import Ajv2020 from 'ajv/dist/2020';
import { routes } from '../contract';
import { openApiDocument } from './openapi';

const document = openApiDocument(routes);
const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
  Object.entries(item as Record<string, any>).map(([method, operation]) => ({ path, method, operation })),
);

describe('the OpenAPI document', () => {
  test('is version 3.1 and describes every route once', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(operations).toHaveLength(routes.length);
    expect(new Set(routes.map(({ id }) => id)).size).toBe(routes.length);
  });

  test('has a problem, or for pages HTML, as the default answer of each operation', () => {
    for (const { operation } of operations) {
      const types = Object.keys(operation.responses.default.content);
      expect(types).toEqual(
        operation.tags[0] === 'pages' || operation.operationId === 'docs'
          ? ['text/html']
          : ['application/problem+json'],
      );
    }
  });

  test('names every parameter of every path', () => {
    for (const { path, operation } of operations) {
      const named = (operation.parameters ?? [])
        .filter((parameter: any) => parameter.in === 'path')
        .map((parameter: any) => parameter.name);
      expect(named.toSorted()).toEqual([...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).toSorted());
    }
  });

  test('refers only to schemas that are there, and each of them compiles', () => {
    const schemas = (document.components?.schemas ?? {}) as Record<string, object>;
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'api', components: { schemas } });
    for (const name of Object.keys(schemas))
      expect(() => ajv.compile({ $ref: `api#/components/schemas/${name}` })).not.toThrow();
    const text = JSON.stringify(document);
    for (const [, name] of text.matchAll(/#\/components\/schemas\/(\w+)/g))
      expect(Object.keys(schemas)).toContain(name);
  });

  test('takes null where an answer may be null, and only there', () => {
    const nullable = (schema: any): boolean =>
      (schema.anyOf ?? []).some(nullable) ||
      (!schema.allOf && [schema.type].flat().includes('null') && (schema.enum ?? [null]).includes(null));
    const { Approval, CheckAnswer, Check } = document.components!.schemas as Record<string, any>;
    const nulls = (schema: any) => Object.keys(schema.properties).filter((name) => nullable(schema.properties[name]));
    expect(nulls(Check)).toEqual(['context', 'display', 'requester', 'on_behalf_of', 'ttl', 'metadata']);
    expect(nulls(CheckAnswer).join(' ')).toBe('approval_id approval_url status reason_code expires_at');
    expect(nulls(Approval).join(' ')).toBe(
      'reason_code display requester on_behalf_of decided_at decided_by comment grant',
    );
    expect(nulls(Approval.properties.votes.items)).toEqual(['comment', 'ip', 'superseded_by']);
  });

  test('has no pattern that other languages could not read', () => {
    const patterns: string[] = [];
    JSON.stringify(document, (key, value: unknown) => {
      if (key === 'pattern' && typeof value === 'string') patterns.push(value);
      return value;
    });
    expect(patterns.length).toBeGreaterThan(5);
    for (const pattern of patterns) {
      expect(() => new RegExp(pattern, 'u')).not.toThrow();
      expect(pattern).not.toMatch(/\\p\{|^\/|\/[a-z]*$/);
    }
  });
});
