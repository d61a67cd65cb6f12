import type { Fault } from '../errors';
import { dotted, nearest, Place, shown } from './place';

const at = (value: unknown): { place: Place; errors: Fault[]; warnings: Fault[] } => {
  const errors: Fault[] = [];
  const warnings: Fault[] = [];
  return { place: new Place(value, ['a', '0'], { errors, warnings, lineOf: () => 7 }), errors, warnings };
};

test('the name that was meant is the nearest one, when it is near', () => {
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

test('what somebody wrote is shown, cut to a readable length', () => {
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

test('an absent value is no fault; a required one is', () => {
  const { place, errors } = at(undefined);
  expect([
    place.text(),
    place.flag(),
    place.oneOf(['x']),
    place.whole(1, 2, ''),
    place.items('x'),
    place.entries('x'),
  ]).toEqual([undefined, undefined, undefined, undefined, [], []]);
  expect(errors).toEqual([]);
  place.required('write one');
  expect(errors).toEqual([{ path: 'a.0', line: 7, message: 'is missing: write one' }]);
});

test.each([
  ['text', (place: Place) => place.text(), 5, 'must be a text, not 5; put it in quotes'],
  ['text', (place: Place) => place.text(), ' ', 'is empty; write something or remove it'],
  ['text', (place: Place) => place.text(3), 'abcd', 'is longer than 3 characters; shorten it'],
  ['flag', (place: Place) => place.flag(), 'true', 'must be true or false, not "true"'],
  ['choice', (place: Place) => place.oneOf(['a', 'b']), 'c', 'must be one of a, b, not "c"'],
  ['number', (place: Place) => place.whole(1, 9, 'be kind'), 10, 'must be a whole number from 1 to 9, not 10; be kind'],
  [
    'number',
    (place: Place) => place.whole(1, 9, 'be kind'),
    Number.NaN,
    'must be a whole number from 1 to 9, not null; be kind',
  ],
  ['list', (place: Place) => place.items('things'), {}, 'must be a list of things, not {}'],
  ['section', (place: Place) => place.entries('things'), [], 'must be a section of things by name, not []'],
] as [string, (place: Place) => unknown, unknown, string][])('a %s that is none: %#', (_, read, value, message) => {
  const { place, errors } = at(value);
  read(place);
  expect(errors).toEqual([{ path: 'a.0', line: 7, message }]);
});

test('values are found below mappings and lists, and nowhere else', () => {
  const { place } = at(new Map([['list', ['x', new Map([['deep', 1]])]]]));
  expect(place.at('list').at(1).at('deep').value).toBe(1);
  expect(place.at('list').at(1).at('deep').path).toEqual(['a', '0', 'list', '1', 'deep']);
  for (const key of ['constructor', 'size', 'get', '__proto__']) expect(place.at(key).present).toBe(false);
  for (const key of ['length', 'constructor', '-1', '9']) expect(place.at('list').at(key).present).toBe(false);
});

test('findings end at two hundred', () => {
  const { place, errors, warnings } = at(1);
  for (let i = 0; i < 500; i++) {
    place.fault('no');
    place.warn('hm');
  }
  expect([errors.length, warnings.length]).toEqual([200, 200]);
});
