/** Tests `npm run audit` against a fake registry: failing advisories, exceptions, and a registry without an audit endpoint. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startLoopback, type HttpAnswer } from './support/loopback';

const root = resolve(__dirname, '..');
const advisory = (severity: string) => ({
  id: 1,
  url: 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc',
  title: 'Everybody may do everything',
  severity,
  vulnerable_versions: '<99',
  cwe: [],
  cvss: { score: 9 },
});
const packument = { name: 'express', 'dist-tags': { latest: '5.3.0' }, versions: { '5.3.0': { name: 'express' } } };

async function audit(answer: HttpAnswer, exceptions: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'agentwarden-audit-'));
  const file = join(folder, 'exceptions.json');
  writeFileSync(file, JSON.stringify(exceptions));
  const registry = await startLoopback(({ method }) => (method === 'POST' ? answer : { status: 200, body: packument }));
  const env = { ...process.env, npm_config_registry: registry.origin, npm_config_cache: join(folder, 'npm') };
  try {
    return await new Promise<{ code: unknown; out: string }>((done) =>
      execFile(process.execPath, ['scripts/audit.mjs', file], { cwd: root, env }, (error, out) =>
        done({ code: error?.code ?? 0, out }),
      ),
    );
  } finally {
    await registry.close();
    rmSync(folder, { recursive: true });
  }
}

const found = (severity: string): HttpAnswer => ({ status: 200, body: { express: [advisory(severity)] } });

test('an advisory at high fails, with package and address', async () => {
  const { code, out } = await audit(found('high'));
  expect(code).toBe(1);
  expect(out).toContain(
    'express: high: Everybody may do everything (https://github.com/advisories/GHSA-aaaa-bbbb-cccc)',
  );
});

test('an exception lets an advisory pass, and its reason is printed', async () => {
  const { code, out } = await audit(found('critical'), { 'GHSA-aaaa-bbbb-cccc': 'we never call it' });
  expect([code, out.split('\n')[0]]).toEqual([0, 'Accepted GHSA-aaaa-bbbb-cccc: we never call it']);
});

test('an advisory at moderate passes, and an exception for it is reported as unused', async () => {
  const { code, out } = await audit(found('moderate'), { 'GHSA-aaaa-bbbb-cccc': 'we never call it' });
  expect(code).toBe(0);
  expect(out).toContain('GHSA-aaaa-bbbb-cccc is not found any more: delete its exception.');
});

test('a registry without an audit endpoint is reported and does not fail', async () => {
  const { code, out } = await audit({ status: 405, body: {} });
  expect([code, out]).toEqual([0, 'This registry has no audit: nothing was checked.\n']);
});

test('an error of the registry fails', async () => {
  const { code, out } = await audit({ status: 403, body: {} });
  expect(code).toBe(1);
  expect(out).toMatch(/^The audit failed: 403 Forbidden/);
});
