import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { workflowBundle } from '../tests/support/engine';

const ROOT = resolve(__dirname, '..');

describe('the workflow bundle', () => {
  test('holds no package that needs Node.js, time zones, CEL or canonical JSON', async () => {
    const { code, codePath } = (await workflowBundle()) as { code?: string; codePath?: string };
    const text = code ?? readFileSync(codePath!, 'utf8');
    for (const module of [
      '@bufbuild/cel',
      'temporal-polyfill',
      'canonicalize',
      'kysely',
      'node:crypto',
      'nodemailer',
      'undici',
    ]) {
      expect(text).not.toContain(`node_modules/${module}`);
      expect(text).not.toMatch(new RegExp(`require\\("${module}"\\)`));
    }
  }, 60_000);

  test('has a state machine that reads no clock, randomness or time zone: the command brings the time', () => {
    const folder = join(ROOT, 'domain/approval');
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.includes('.test.'))) {
      expect([
        file,
        readFileSync(join(folder, file), 'utf8').match(/Date\.now|Math\.random|new Date\(\)|Intl\.|process\./),
      ]).toEqual([file, null]);
    }
  });
});
