// Generates the files that repeat facts of the code: reference pages, schemas, tables. With --check it writes nothing and fails
// when a file is stale.
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as prettier from 'prettier';
import { glossary } from './glossary.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const check = process.argv.includes('--check');
const from = (name) => require(join(root, 'dist', name));
const note = (source) => `<!-- Generated from ${source} by \`npm run generate\`; do not edit. -->\n\n`;
const cell = (text) => text.replaceAll('|', '\\|').replaceAll('<', '\\<');
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n') + '\n';

function envExample() {
  const { defaultOf, SETTINGS } = from('config/settings.js');
  const lines = Object.entries(SETTINGS).map(
    ([name, setting]) =>
      `# ${setting.meaning}${setting.secret ? ' Secret.' : ''}\n# Default: ${defaultOf(setting)}\n# ${name}=\n`,
  );
  const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
  const passwords = [...compose.matchAll(/\$\{([A-Z_]+):\?([^}]+)\}/g)]
    .filter(([, name]) => !(name in SETTINGS))
    .map(([, name, help]) => `# Secret; ${help}.\n# ${name}=\n`);
  return `# Generated from config/settings.ts and docker-compose.yml by \`npm run generate\`; do not edit.\n# Copy it to .env for docker compose, which sets host, port, database and Temporal itself, or export single variables for\n# npm start. \`agentwarden doctor\` reports what is missing.\n\n${lines.join('\n')}\n# Only for docker compose.\n\n${passwords.join('\n')}`;
}

function configuration() {
  const { defaultOf, SETTINGS } = from('config/settings.js');
  const rows = Object.entries(SETTINGS).map(([name, setting]) => [
    `\`${name}\``,
    cell(setting.meaning),
    cell(defaultOf(setting)),
    setting.secret ? 'yes' : '',
  ]);
  return `${note('config/settings.ts')}# Configuration\n\nEnvironment variables. An empty one counts as not set. A start reports every fault at once.\n\n${table(['name', 'meaning', 'default', 'secret'], rows)}`;
}

function errors() {
  const { PROBLEMS } = from('api/http/problems.js');
  const rows = Object.entries(PROBLEMS)
    .sort(([a, x], [b, y]) => x.status - y.status || a.localeCompare(b))
    .map(([code, { status, title, fix, advice }]) => [`\`${code}\``, String(status), cell(title), cell(fix ?? advice)]);
  return `${note('domain/errors.ts and api/http/problems.ts')}# Errors\n\nThe same code is the \`code\` of an HTTP problem (RFC 9457), the type of Temporal's \`ApplicationFailure\`, and the class in the SDKs.\n\n${table(['code', 'status', 'what happened', 'what to do'], rows)}`;
}

function commands() {
  const quiet = { print() {}, say() {}, version: '' };
  const section = (command, path) => {
    const name = [...path, command.name()];
    const usage = [
      ...name,
      ...command.registeredArguments.map((argument) =>
        argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
      ),
    ].join(' ');
    const options = command.options
      .filter((option) => option.long !== '--version')
      .map((option) => `- \`${option.flags}\`: ${option.description}`);
    const own = command.commands.length
      ? []
      : [`## \`${usage}\`\n\n${sentence(command, path)}\n${options.length ? `\n${options.join('\n')}\n` : ''}`];
    return [...own, ...command.commands.flatMap((child) => section(child, name))];
  };
  const sentence = (command) => command.description().replace(/^./, (letter) => letter.toUpperCase()) + '.';
  const top = from('cli/commands.js').program({ env: {}, project: root }, quiet);
  return `${note('cli/commands.ts')}# Commands\n\nWhile \`npm start\` runs, commands use its settings. Otherwise they read [the environment](configuration.md).\n\n${section(top, []).join('\n')}`;
}

/** These two errors keep the class names of the published client. */
const NAMED = { unauthenticated: 'AuthenticationError', agent_not_found: 'AgentNotFoundError' };

function pythonCodes() {
  const { PROBLEMS } = from('api/http/problems.js');
  const codes = from('domain/errors.js').ERROR_CODES;
  const nameOf = (code) => NAMED[code] ?? code.replace(/(?:^|_)([a-z])/g, (_, letter) => letter.toUpperCase());
  const classes = codes
    .filter((code) => NAMED[code] === undefined)
    .map((code) => {
      const { status, title, fix, advice } = PROBLEMS[code];
      return `class ${nameOf(code)}(APIError):\n    """${status}: ${title}.\n\n    ${fix ?? advice}\n    """\n\n    code = "${code}"\n\n\n`;
    });
  const rows = codes.map((code) => `    "${code}": ${nameOf(code)},\n`);
  const exported = ['BY_CODE', ...codes.map(nameOf)].map((name) => `    "${name}",\n`);
  return `"""Generated from domain/errors.ts and api/http/problems.ts by \`npm run generate\`; do not edit."""

from collections.abc import Mapping

from agentwarden.errors.base import AgentNotFoundError, APIError, AuthenticationError

__all__ = [
${exported.join('')}]


${classes.join('')}#: Every code of the server → the class that is raised for it.
BY_CODE: Mapping[str, type[APIError]] = {
${rows.join('')}}
`;
}

const openApiDocument = () => from('api/http/openapi.js').openApiDocument(from('api/contract.js').routes);

/** One line per operation; `openapi.json` and `/docs` of a running server have every field. */
function http() {
  const document = openApiDocument();
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { tags, summary }]) => ({
      tag: tags?.[0] ?? '',
      row: [`\`${method.toUpperCase()}\``, `\`${path}\``, cell(summary ?? '')],
    })),
  );
  const sections = [...new Set(operations.map(({ tag }) => tag))].map(
    (tag) =>
      `## ${tag}\n\n${table(
        ['method', 'path', 'what it does'],
        operations.filter((one) => one.tag === tag).map(({ row }) => row),
      )}`,
  );
  return `${note('api/contract.ts')}# HTTP\n\nA running server shows every field of these at \`/docs\`. [openapi.json](openapi.json) (OpenAPI ${document.openapi}) is the same for machines; the server serves it at \`/openapi.json\`. Refusals are [problems](errors.md).\n\n${sections.join('\n')}`;
}

/** Writes the types of the tables from a migrated database. --check leaves that to db/schema.generated.test.ts. */
async function databaseTypes() {
  const { initialisePostgres, postgresReady, spawnPostgres } = from('cli/start/postgres-server.js');
  const port = await from('cli/start/ports.js').freePort();
  const scratch = mkdtempSync(join(tmpdir(), 'agentwarden-types-'));
  chmodSync(scratch, 0o711); // Postgres may run as another user
  const dataDir = join(scratch, 'postgres');
  await initialisePostgres({ dataDir, password: 'scratch' });
  const server = spawnPostgres(dataDir, port, { fsync: 'off' });
  try {
    await postgresReady(server, dataDir);
    const url = `postgres://postgres:scratch@127.0.0.1:${port}/postgres`;
    await from('db/migrate.js').migrate(url, 'postgres');
    const codegen = [
      require.resolve('kysely-codegen/dist/cli/bin.js'),
      '--config-file',
      '.kysely-codegenrc.json',
      '--url',
      url,
    ];
    execFileSync(process.execPath, codegen, { cwd: root, stdio: ['ignore', 2, 2] });
  } finally {
    const ended = once(server, 'exit');
    server.kill('SIGINT');
    await ended;
    rmSync(scratch, { recursive: true, force: true });
  }
}

const copies = {
  '.env.example': envExample,
  'docs/reference/configuration.md': configuration,
  'docs/reference/errors.md': errors,
  'docs/reference/http.md': http,
  'docs/reference/openapi.json': () => JSON.stringify(openApiDocument()),
  'docs/reference/commands.md': commands,
  'docs/reference/glossary.md': () =>
    note('scripts/words.json and domain/approval/glossary.ts') + glossary(root, table),
  'sdk/python/src/agentwarden/errors/codes.py': pythonCodes,
};

if (
  spawnSync(process.execPath, ['scripts/build.mjs', '--if-stale'], { cwd: root, stdio: ['ignore', 2, 2] }).status !== 0
)
  process.exit(1);
const stale = [];
for (const [name, make] of Object.entries(copies)) {
  const path = join(root, name);
  const config = await prettier.resolveConfig(path);
  const text = /\.(md|json)$/.test(name) ? await prettier.format(make(), { ...config, filepath: path }) : make();
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  stale.push(name);
  if (check) continue;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
if (!check) await databaseTypes();
if (stale.length)
  console.log(check ? `Stale, run \`npm run generate\`: ${stale.join(', ')}` : `Written: ${stale.join(', ')}`);
process.exit(check && stale.length ? 1 : 0);
