import { setImmediate as tick } from 'node:timers/promises';
import { createKeyedSemaphore } from './keyed-semaphore';

describe('a keyed semaphore', () => {
  function visitors() {
    const seen: string[] = [];
    const exits: (() => void)[] = [];
    const visit = (name: string) => () => {
      seen.push(name);
      return new Promise<string>((resolve) => exits.push(() => resolve(name)));
    };
    return { seen, exits, visit };
  }

  test('lets so many in and the others in their order, as places come free', async () => {
    const pass = createKeyedSemaphore(2);
    const { seen, exits, visit } = visitors();
    const all = ['a', 'b', 'c', 'd'].map((name) => pass('gate', visit(name)));
    await tick();
    expect(seen).toEqual(['a', 'b']);
    exits[1]!();
    await tick();
    expect(seen).toEqual(['a', 'b', 'c']);
    exits[0]!();
    exits[2]!();
    await tick();
    exits[3]!();
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('counts each key by itself', async () => {
    const pass = createKeyedSemaphore(1);
    const { seen, exits, visit } = visitors();
    const all = [pass('one', visit('a')), pass('two', visit('b'))];
    await tick();
    expect(seen).toEqual(['a', 'b']);
    exits.forEach((exit) => exit());
    await Promise.all(all);
  });

  test('frees the place of one that failed', async () => {
    const pass = createKeyedSemaphore(1);
    await expect(pass('gate', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await pass('gate', () => Promise.resolve('next'))).toBe('next');
  });
});
