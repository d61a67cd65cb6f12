// `npm run audit`: asks the registry for known vulnerabilities of the production dependencies. `npm run check` does not
// run it, because the answer changes without any change in this repository. An exception is one line in audit-exceptions.json: advisory → reason.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const scripts = dirname(fileURLToPath(import.meta.url));
const exceptions = JSON.parse(readFileSync(process.argv[2] ?? join(scripts, 'audit-exceptions.json'), 'utf8'));
const NO_ENDPOINT = [404, 405, 501];

function end(code, line) {
  console.log(line);
  process.exit(code);
}

const { stdout, error } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  cwd: join(scripts, '..'),
  stdio: ['ignore', 'pipe', 'ignore'],
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
});
if (error) end(1, `npm could not be run: ${error.message}`);
const report = JSON.parse(stdout || '{}');
if (NO_ENDPOINT.includes(report.statusCode)) end(0, 'This registry has no audit: nothing was checked.');
if (!report.vulnerabilities) end(1, `The audit failed: ${report.message ?? 'npm printed no report'}`);

const advisories = new Map(
  Object.values(report.vulnerabilities)
    .flatMap(({ via }) => via.filter((cause) => ['high', 'critical'].includes(cause.severity)))
    .map(({ url, name, severity, title }) => [url.split('/').pop(), `${name}: ${severity}: ${title} (${url})`]),
);
for (const [id, reason] of Object.entries(exceptions))
  console.log(advisories.has(id) ? `Accepted ${id}: ${reason}` : `${id} is not found any more: delete its exception.`);
const open = [...advisories].filter(([id]) => !(id in exceptions));
for (const [, line] of open) console.log(line);
end(open.length ? 1 : 0, `${open.length} at high or above in the production dependencies`);
