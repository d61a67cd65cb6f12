import { isMisspelt } from './identity';

test.each([
  'ana@acme.example',
  'Ana.B+x@ACME.example',
  'admin@localhost',
  'jürgen@müller.example',
  'usr_ana',
  'ana',
  '',
])('%j may name a person', (identity) => expect(isMisspelt(identity)).toBe(false));

test.each([
  'Ana <ana@acme.example>',
  'mailto:ana@acme.example',
  '"ana"@acme.example',
  'ana@acme.example.',
  'ana@acme.example, ben@acme.example',
  'ana@acme.example\u200b',
  '\u202eana@acme.example',
  'ana@acme.ex\u00adample',
  'ana\uff20acme.example',
  'an\uff41@acme.example',
  'ana@localho\u017ft',
  'ju\u0308rgen@acme.example',
  'ana@@acme.example',
  '@',
])('%j looks like an address and is not one', (identity) => expect(isMisspelt(identity)).toBe(true));

test('a long text takes no time', () => {
  const began = Date.now();
  isMisspelt(`${'a@'.repeat(50_000)}.`);
  isMisspelt(`a@${'.'.repeat(100_000)}`);
  expect(Date.now() - began).toBeLessThan(1_000);
});
