import { conditionCompiler } from '../conditions';
import { bracketFault } from './brackets';

describe('the brackets of a condition', () => {
  test.each([
    'size([{1: (2)}]) == 1',
    `context.a == ")" && context.b == '(' && context.c == "\\"("`,
    `context.a == r'\\' && (true)`,
    `context.a == '''it's ((( ''' && """[" [""" != "x"`,
    'true // (((',
    'bar(1)[0]',
    '1/2',
    '',
  ])('%s: may be parsed', (source) => {
    expect(bracketFault(source)).toBeNull();
  });

  test.each([
    ['(((', 'the ( at character 3 is never closed'],
    ['a == "x" && [1, 2', 'the [ at character 13 is never closed'],
    [`r'\\(' == (`, 'the ( at character 10 is never closed'],
    ['(]', 'the ( at character 1 is never closed'],
    [`${'('.repeat(33)}1${')'.repeat(33)}`, 'nested more than 32 brackets deep'],
    [`${'true ? true : '.repeat(65)}true`, 'more than 64 choices'],
    [`${'['.repeat(2_000)}`, 'nested more than 32 brackets deep'],
  ])('%s: is refused before parsing', (source, why) => {
    expect(bracketFault(source)).toContain(why);
    expect(conditionCompiler({})(source)).toEqual({ ok: false, messages: [expect.stringContaining(why)] });
  });

  test('a bracket that closes too early is left to the parser, which reports the position', () => {
    expect(bracketFault('a)(')).toContain('never closed');
    expect(bracketFault('a)')).toBeNull();
    expect(conditionCompiler({})('action)')).toMatchObject({ ok: false, messages: [expect.stringContaining('1:7')] });
  });

  test('unclosed quotes are read once per character', () => {
    expect(bracketFault(`'''`.repeat(700))).toBeNull();
    expect(bracketFault('"'.repeat(2_047))).toBeNull();
    expect(bracketFault(`r"""`.repeat(500))).toBeNull();
  });
});
