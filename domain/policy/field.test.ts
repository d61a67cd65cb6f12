import type { Fault } from '../errors';
import { dotted, nearest, Field, shown } from './field';

const at = (value: unknown): { field: Field; errors: Fault[]; warnings: Fault[] } => {
  const errors: Fault[] = [];
  const warnings: Fault[] = [];
  return { field: new Field(value, ['a', '0'], { errors, warnings, lineOf: () => 7 }), errors, warnings };
};

test('the suggested name is the nearest one, if it is near enough', () => {
  const known = ['approvers', 'approve', 'assurance', 'ttl'];
  expect(nearest('aprovers', known)).toBe('approvers');
  expect(nearest('approver', known)).toBe('approvers');
  expect(nearest('tll', known)).toBe('ttl');
  expect(nearest('quorum', known)).toBeUndefined();
  expect(nearest('aprove', ['approve', 'approvers'])).toBe('approve');
  expect(nearest('rvoeappe', ['approver'])).toBeUndefined();
  expect(nearest('xrequire_aproval_', ['require_approval'])).toBe('require_approval');
  expect(nearest('x'.repeat(100_000), known)).toBeUndefined();
});

test('values of the document are quoted, cut to a readable length', () => {
  expect([shown('a'), shown(5), shown(null), shown(undefined), shown(new Map())]).toEqual([
    '"a"',
    '5',
    'null',
    'undefined',
    '{…}',
  ]);
  expect(shown('x'.repeat(500))).toHaveLength(58);
  expect(dotted(['flows', 'x'.repeat(500), '0'])).toBe(`flows.${'x'.repeat(80)}.0`);
});

test('an absent field is no fault, unless it is required', () => {
  const { field, errors } = at(undefined);
  expect([
    field.text(),
    field.flag(),
    field.oneOf(['x']),
    field.whole(1, 2, ''),
    field.items('x'),
    field.entries('x'),
  ]).toEqual([undefined, undefined, undefined, undefined, [], []]);
  expect(errors).toEqual([]);
  field.required('write one');
  expect(errors).toEqual([{ path: 'a.0', line: 7, message: 'is missing: write one' }]);
});

test.each([
  ['text', (field: Field) => field.text(), 5, 'must be a text, not 5; put it in quotes'],
  ['text', (field: Field) => field.text(), ' ', 'is empty; write something or remove it'],
  ['text', (field: Field) => field.text(3), 'abcd', 'is longer than 3 characters; shorten it'],
  ['flag', (field: Field) => field.flag(), 'true', 'must be true or false, not "true"'],
  ['choice', (field: Field) => field.oneOf(['a', 'b']), 'c', 'must be one of a, b, not "c"'],
  ['number', (field: Field) => field.whole(1, 9, 'be kind'), 10, 'must be a whole number from 1 to 9, not 10; be kind'],
  [
    'number',
    (field: Field) => field.whole(1, 9, 'be kind'),
    Number.NaN,
    'must be a whole number from 1 to 9, not null; be kind',
  ],
  ['list', (field: Field) => field.items('things'), {}, 'must be a list of things, not {}'],
  ['section', (field: Field) => field.entries('things'), [], 'must be a section of things by name, not []'],
] as [string, (field: Field) => unknown, unknown, string][])('an invalid %s: %#', (_, read, value, message) => {
  const { field, errors } = at(value);
  read(field);
  expect(errors).toEqual([{ path: 'a.0', line: 7, message }]);
});

test('fields are found in mappings and lists, and nowhere else', () => {
  const { field } = at(new Map([['list', ['x', new Map([['deep', 1]])]]]));
  expect(field.at('list').at(1).at('deep').value).toBe(1);
  expect(field.at('list').at(1).at('deep').path).toEqual(['a', '0', 'list', '1', 'deep']);
  for (const key of ['constructor', 'size', 'get', '__proto__']) expect(field.at(key).present).toBe(false);
  for (const key of ['length', 'constructor', '-1', '9']) expect(field.at('list').at(key).present).toBe(false);
});

test('at most two hundred faults are recorded', () => {
  const { field, errors, warnings } = at(1);
  for (let i = 0; i < 500; i++) {
    field.fault('no');
    field.warn('hm');
  }
  expect([errors.length, warnings.length]).toEqual([200, 200]);
});
