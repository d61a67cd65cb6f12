import { attribute, bodyText, readHtml, select, textOf } from '../../tests/support/read-html';
import { renderReference, type ReferenceDocument } from './reference';

const DOCUMENT: ReferenceDocument = {
  openapi: '3.1.0',
  info: { title: 'Refunds', version: '1.0', description: 'Pays back.' },
  paths: {
    '/refunds/{id}': {
      post: {
        operationId: 'refund',
        summary: 'Pays back; see `reason`',
        tags: ['money'],
        security: [{ key: [] }],
        parameters: [
          { name: 'id', in: 'path', required: true, schema: { type: 'string', description: 'Names the order.' } },
          { name: 'dry', in: 'query', schema: { enum: ['true', 'false'], description: 'Only tries.' } },
        ],
        requestBody: {
          required: true,
          content: {
            'application/json': { schema: { $ref: '#/components/schemas/Refund' }, example: { reason: 'late' } },
          },
        },
        responses: {
          200: {
            description: 'Paid.',
            headers: { Location: { description: 'Where it is.' } },
            content: {
              'application/json': {
                schema: { $ref: '#/components/schemas/Refund' },
                examples: { Refund: { $ref: '#/components/examples/Refund' } },
              },
            },
          },
          204: { description: 'Nothing to pay.' },
          404: { description: '`not_found`: Not found.' },
        },
      },
    },
  },
  components: {
    schemas: {
      Refund: {
        type: 'object',
        description: 'Money that goes back.',
        required: ['reason'],
        properties: {
          reason: { type: ['string', 'null'], maxLength: 200, description: 'Why. Null: not told.' },
          at: { type: 'string', format: 'date-time', description: 'When it was paid.' },
          lines: {
            type: 'array',
            minItems: 1,
            description: 'What is paid.',
            items: {
              type: 'object',
              properties: { cents: { type: 'integer', minimum: 1, maximum: 9, description: 'How much.' } },
            },
          },
          more: {
            anyOf: [{ $ref: '#/components/schemas/Any' }, { type: 'null' }],
            default: null,
            description: 'The rest.',
          },
        },
      },
      Any: { type: 'object', additionalProperties: true, description: 'Anything <at> all.' },
    },
    examples: { Refund: { value: { reason: 'damaged' } } },
    securitySchemes: { key: { in: 'header', name: 'X-Key', description: 'Of a shop.' } },
  },
};
const markup = renderReference(DOCUMENT, [{ code: 'not_found', status: 404, title: 'Not found' }]);
const text = bodyText(markup);

describe('the reference of the API as a page', () => {
  it('shows each operation with its credentials, parameters, body, answers and problems', () => {
    expect(text).toContain('POST /refunds/{id} Pays back; see reason with key');
    expect(text).toContain(
      'Parameters id string · path Names the order. dry true or false · query, optional Only tries.',
    );
    expect(text).toContain('Location header Where it is.');
    expect(text).toContain('204 Nothing to pay. Without a body.');
    expect(text).toContain('Problems 404 not_found: Not found.');
  });

  it('says of each field its type, its limits and what it means, inner fields too', () => {
    expect(text).toContain('reason string or null · at most 200 characters Why. Null: not told.');
    expect(text).toContain('at date-time · optional When it was paid.');
    expect(text).toContain(
      'lines array of object · optional · at least 1 items What is paid. cents integer · optional · 1 to 9 How much.',
    );
    expect(text).toContain('more Any or null · optional · default null The rest.');
    expect(text).toContain('Anything <at> all.');
  });

  it('shows the example of each body and answer, shared ones too', () => {
    const examples = select(markup, 'pre').map(textOf);
    expect(examples.map((example) => JSON.parse(example) as unknown)).toEqual([
      { reason: 'late' },
      { reason: 'damaged' },
    ]);
  });

  it('leads with each of its links somewhere on the page', () => {
    const ids = readHtml(markup).map((element) => attribute(element, 'id'));
    const targets = select(markup, 'a').map((link) => attribute(link, 'href')!);
    const dangling = targets.filter((target) => target.startsWith('#') && !ids.includes(target.slice(1)));
    expect(targets.length).toBeGreaterThan(5);
    expect(dangling).toEqual([]);
  });
});
