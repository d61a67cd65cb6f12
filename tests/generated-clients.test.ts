/** Others generate clients from docs/reference/openapi.json; openapi-typescript stands for them here, sdk/python/tests/test_openapi.py has the Python generator. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const root = resolve(__dirname, '..');
const DOCUMENT = join(root, 'docs', 'reference', 'openapi.json');
const GENERATOR = join(dirname(require.resolve('openapi-typescript/package.json')), 'bin', 'cli.js');
const TSC = join(root, 'node_modules', '.bin', 'tsc');

const USE = `
import type { components, operations, paths } from './api';

const check: components['schemas']['Check'] = { agent_id: 'support-bot', action: 'refund.create', context: { amount: 5 } };
type Answer = paths['/sdk/check']['post']['responses'][200]['content']['application/json'];
export const approvalOf = (answer: Answer): string | null => answer.approval_id;
export const policy: operations['publish-policy']['requestBody']['content']['application/json'] = { document: 'version: 1' };
type Refusal = operations['vote']['responses'][409]['content']['application/problem+json'];
export const isLate = ({ code }: Refusal): boolean => code === 'already_decided';
// @ts-expect-error the action is missing
export const wrong: components['schemas']['Check'] = { agent_id: check.agent_id };
// @ts-expect-error the grant may be null
export const stateOf = ({ grant }: components['schemas']['Approval']): string => grant.state;
`;

describe('openapi-typescript', () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'agentwarden-client-'))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('makes types without a warning, and they compile with their use', () => {
    const made = spawnSync(process.execPath, [GENERATOR, DOCUMENT, '-o', join(folder, 'api.d.ts')], {
      encoding: 'utf8',
    });
    expect([made.status, `${made.stdout}${made.stderr}`]).toEqual([0, expect.not.stringMatching(/warn|error|⚠|✘/i)]);
    writeFileSync(join(folder, 'use.ts'), USE);
    const compile = '--noEmit --strict --target es2022 --module esnext --moduleResolution bundler use.ts'.split(' ');
    expect(spawnSync(TSC, compile, { cwd: folder, encoding: 'utf8' }).stdout).toBe('');
  }, 120_000);
});
