import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { workflowBundle } from '../tests/support/engine';

const ROOT = resolve(__dirname, '..');

/** Files that a workflow pulls in, by following the imports that are there at run time. */
function reachable(entry: string, seen = new Set<string>()): { files: Set<string>; packages: Set<string> } {
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const source = readFileSync(file, 'utf8');
    for (const [, clause, target] of source.matchAll(/(?:import|export)\s+([^;]*?)\s*from\s+'([^']+)'/g)) {
      const onlyTypes = /^type\b/.test(clause!) || /^\{(\s*type\s[^,}]+,?)+\s*\}$/.test(clause!);
      if (onlyTypes) continue;
      if (!target!.startsWith('.')) packages.add(target!);
      else {
        const base = join(dirname(file), target!);
        visit([`${base}.ts`, join(base, 'index.ts')].find((candidate) => existsSync(candidate))!);
      }
    }
  };
  visit(entry);
  return { files: new Set([...seen].map((file) => relative(ROOT, file))), packages };
}

describe('the workflow bundle', () => {
  const { files, packages } = reachable(join(ROOT, 'workflows/index.ts'));

  test('holds the workflows, the state machine and the errors, and nothing else of ours', () => {
    const others = [...files].filter((file) => !/^(domain\/approval|workflows)\//.test(file));
    expect(others.filter((file) => file !== 'domain/errors.ts')).toEqual([]);
    expect(files).toContain('domain/approval/advance.ts');
  });

  test('imports no package but the workflow SDK: no Node built-in, no time zones, no CEL, no canonical JSON', () => {
    expect([...packages]).toEqual(['@temporalio/workflow']);
  });

  test('has none of it in its code either', async () => {
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
