/** What the OpenAPI document says in words and examples: nothing is left out, and each example is true. */
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import { ERROR_CODES } from '../../domain/errors';
import { routes } from '../contract';
import { openApiDocument } from './openapi';
import { PROBLEMS } from './problems';

const document = openApiDocument(routes) as Record<string, any>;
const ajv = new Ajv2020({ strict: false, validateFormats: false }).addSchema({ $id: 'api', ...document });

const operations = Object.entries(document.paths as Record<string, any>).flatMap(([path, item]) =>
  Object.entries(item as Record<string, any>).map(([method, operation]) => ({ path, method, operation })),
);

interface Place {
  at: string;
  value: any;
}

/** Every value under a place that the test picks, with its JSON pointer. */
function find(node: any, picks: (key: string, value: any) => boolean, at = ''): Place[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    const here = `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    // An example may hold any keys: they are no part of the contract.
    if (key === 'example' || key === 'examples') return [];
    return [...(picks(key, value) ? [{ at: here, value }] : []), ...find(value, picks, here)];
  });
}

const properties = find(document, (key, value) => key === 'properties' && typeof value === 'object').flatMap(
  ({ at, value }) =>
    Object.entries(value as object).map(([name, schema]) => ({ at: `${at}/${name}`, name, value: schema })),
);
const paths = (picks: (key: string, value: any) => boolean): Place[] => find(document.paths, picks, '/paths');
const parameters = paths((key) => key === 'parameters').flatMap(({ at, value }) =>
  (value as any[]).map((parameter, index) => ({ at: `${at}/${index}`, name: parameter.name, value: parameter })),
);

const letters = (text: string): string => text.toLowerCase().replaceAll(/[^a-z]/g, '');

describe('the OpenAPI document in words', () => {
  test('describes every property and every parameter, and says more than its name', () => {
    expect(properties.length).toBeGreaterThan(400);
    const silent = [...properties, ...parameters].filter(
      ({ name, value }) => !value.description || letters(value.description) === letters(name),
    );
    expect(silent.map(({ at }) => at)).toEqual([]);
  });

  test('describes every named schema, every answer and every operation', () => {
    const schemas = Object.entries(document.components.schemas as Record<string, any>);
    expect(schemas.filter(([, { description }]) => !description).map(([name]) => name)).toEqual([]);
    for (const { operation } of operations) {
      expect(operation.summary).toEqual(expect.stringMatching(/\w/));
      for (const response of Object.values<any>(operation.responses))
        expect(response.description).toEqual(expect.stringMatching(/\w/));
    }
  });
});

/** The schema at a place of the document. */
const validator = (at: string): ValidateFunction => {
  const pointer = `api#${at.split('/').map(encodeURIComponent).join('/')}`;
  return ajv.getSchema(pointer) ?? ajv.compile({ $ref: pointer });
};

function examplesOf({ example, examples }: any): unknown[] {
  const shared = Object.values<any>(examples ?? {}).map((one) =>
    one.$ref ? document.components.examples[one.$ref.split('/').at(-1)].value : one.value,
  );
  return [...(example === undefined ? [] : [example]), ...shared];
}

describe('the examples of the OpenAPI document', () => {
  const media = paths((key, value) => /^\w+\/[\w.+-]+$/.test(key) && 'schema' in Object(value));

  test('are there for every body, every answer and every parameter', () => {
    expect(media.filter(({ value }) => examplesOf(value).length === 0).map(({ at }) => at)).toEqual([]);
    const without = parameters.filter(({ value }) => (value.example ?? value.schema.example) === undefined);
    expect(without.filter(({ value }) => !value.schema.enum).map(({ at }) => at)).toEqual([]);
  });

  test('are valid against their own schemas', () => {
    const faults = [...media, ...parameters].flatMap(({ at, value }) => {
      const isValid = validator(`${at}/schema`);
      const given = value.in ? examplesOf(value.schema) : examplesOf(value);
      return given.flatMap((example) => (isValid(example) ? [] : [{ at, errors: isValid.errors }]));
    });
    expect(faults).toEqual([]);
  });

  test('are all in use', () => {
    const used = new Set(
      [...JSON.stringify(document.paths).matchAll(/#\/components\/examples\/(\w+)/g)].map(([, name]) => name),
    );
    const unused = Object.keys(document.components.examples as object).filter((name) => !used.has(name));
    expect(unused).toEqual([]);
  });
});

describe('the problems of each operation', () => {
  const declared = operations.flatMap(({ operation }) =>
    Object.entries<any>(operation.responses)
      .filter(([status]) => Number(status) >= 400)
      .flatMap(([status, { content }]) =>
        Object.keys(content['application/problem+json']?.examples ?? {}).map((code) => ({
          status: Number(status),
          code,
        })),
      ),
  );

  test('have codes of ours, each under its own status', () => {
    expect(declared.length).toBeGreaterThan(200);
    for (const { status, code } of declared) {
      expect(ERROR_CODES).toContain(code);
      expect(PROBLEMS[code as keyof typeof PROBLEMS].status).toBe(status);
    }
  });

  test('leave out no code, except for the method that a path does not have', () => {
    const missing = ERROR_CODES.filter((code) => !declared.some((one) => one.code === code));
    expect(missing).toEqual(['method_not_allowed']);
  });
});
