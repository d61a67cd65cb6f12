import { existsSync, mkdirSync, mkdtempSync, chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { deleteAgent, findAgent } from '../../db/agents';
import { createDb } from '../../db/pool';
import { withDatabase } from '../../tests/support/postgres';
import { temporalAddress } from '../../tests/support/temporal';
import { DataFolder, type Secrets } from './data-folder';
import { isRunning, readIdentity, type ProcessIdentity } from './process-identity';
import { PART_NAMES, type PartName } from './part';
import { initialisePostgres } from './postgres-server';
import { start, type Started } from './start';

/** Replaces API and worker: reports that it is ready, and exits like them. */
const STAND_IN = `process.on('disconnect', () => process.exit()); process.on('SIGTERM', () => process.exit()); process.send({ ready: true }); setInterval(() => {}, 1000);`;

let scratch: string;
let project: string;
let folder: DataFolder;
let said: string[];

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'agentwarden-start-'));
  chmodSync(scratch, 0o711);
  project = join(scratch, 'project');
  mkdirSync(join(project, 'dist/api'), { recursive: true });
  for (const script of ['dist/worker.js', 'dist/api/server.js']) writeFileSync(join(project, script), STAND_IN);
  folder = new DataFolder(join(scratch, 'data'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
beforeEach(() => void (said = []));

function begin(settings: Record<string, string> = {}, signal = new AbortController().signal): Promise<Started> {
  const env = {
    ...process.env,
    PORT: '0',
    AGENTWARDEN_DATA_DIR: folder.path,
    ADMIN_EMAIL: 'ana@acme.example',
    ...settings,
  };
  return start({ env, project, quiet: true, say: (line) => said.push(line) }, signal);
}

const pidOf = (name: PartName): ProcessIdentity | null =>
  existsSync(folder.pidFile(name)) ? readIdentity(readFileSync(folder.pidFile(name), 'utf8')) : null;

async function until(what: string, probe: () => boolean | Promise<boolean>, limit_ms = 20_000): Promise<void> {
  for (const end = Date.now() + limit_ms; !(await probe()); await pause(25))
    if (Date.now() > end) throw new Error(`not in time: ${what}`);
}

async function canQuery(): Promise<boolean> {
  const client = new Client({ connectionString: folder.running()?.DATABASE_URL });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1 from users');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function expectAppendOnly(used: DataFolder): Promise<void> {
  const client = new Client({ connectionString: used.running()?.DATABASE_URL });
  await client.connect();
  await expect(client.query('delete from audit')).rejects.toThrow('permission denied');
  await client.end();
}

describe('a start on one data folder', () => {
  let first: Started;
  let pids: ProcessIdentity[];
  let begun: string[];
  beforeAll(async () => {
    said = [];
    first = await begin();
    begun = said;
  }, 60_000);
  afterAll(() => first.stop());

  test('reports its progress', () =>
    expect(begun).toEqual([
      `Postgres: creating a database in ${folder.file('postgres')} …`,
      expect.stringMatching(/^Temporal: starting .*temporal.* …$/),
      'Tables, API and worker: starting …',
    ]));

  test('returns its address, a login link, and the demo key', () => {
    expect(first.welcome).toEqual({
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      login_url: expect.stringContaining(`${first.welcome.url}/login/`),
      user_token: expect.stringMatching(/^eyJ/),
      agent_id: 'demo-agent',
      agent_key: expect.stringMatching(/^aw_/),
      data_dir: folder.path,
    });
    expect(first.facts).toEqual({ adminEmail: 'ana@acme.example', outbox: true });
  });

  test('lets no other user read its keys', () => {
    for (const file of ['keys.json', 'run/settings.json']) expect(statSync(folder.file(file)).mode & 0o077).toBe(0);
  });

  test('the application has a role that cannot change the audit', () => expectAppendOnly(folder));

  test('a second start on the folder is refused in one sentence, and the first lives on', async () => {
    await expect(begin()).rejects.toThrow(
      `AgentWarden already runs on the data folder ${folder.path} (process ${process.pid}).`,
    );
    expect(await canQuery()).toBe(true);
  });

  test.each(PART_NAMES)(
    '%s is started again when it is killed',
    async (name) => {
      const before = pidOf(name)!;
      process.kill(before.pid, 'SIGKILL');
      await until(`${name} runs again`, () => pidOf(name)?.pid !== before.pid && isRunning(pidOf(name)!));
      expect(said).toContain(`${name} ended (signal SIGKILL); starting it again`);
      await until('the database answers on its old address', canQuery);
    },
    40_000,
  );

  test('when it is stopped nothing runs, and the next start finds its state and key', async () => {
    pids = PART_NAMES.map((name) => pidOf(name)!);
    await first.stop();
    expect(pids.filter(isRunning)).toEqual([]);
    expect(folder.running()).toBeNull();
    const again = await begin();
    expect(again.welcome.agent_key).toBe(first.welcome.agent_key);
    await again.stop();
  }, 60_000);
});

test.each([
  [
    'the keys of another folder',
    (used: DataFolder) => {
      const keys = JSON.parse(readFileSync(used.file('keys.json'), 'utf8')) as Secrets;
      writeFileSync(used.file('keys.json'), JSON.stringify({ ...keys, postgresPassword: 'another' }));
    },
    'password authentication failed for user "postgres"',
  ],
  [
    'a database that lost a part',
    (used: DataFolder) => rmSync(used.file('postgres/base'), { recursive: true }),
    'database "postgres" does not exist',
  ],
])(
  '%s is reported as such, not as a wrong setting',
  async (name, spoil, reason) => {
    const used = new DataFolder(join(scratch, name.replaceAll(' ', '-')));
    used.prepare();
    await initialisePostgres({ dataDir: used.file('postgres'), password: used.secrets().postgresPassword });
    spoil(used);
    await expect(begin({ AGENTWARDEN_DATA_DIR: used.path, TEMPORAL_ADDRESS: temporalAddress() })).rejects.toThrow(
      `Postgres cannot be used: ${reason}. The database in ${used.file('postgres')} is damaged, or ${used.file('keys.json')} belongs to another database. Restore the data folder ${used.path} from a backup, or move it away to start afresh.`,
    );
  },
  60_000,
);

describe('with an external Postgres and Temporal', () => {
  const { url, migrationUrl } = withDatabase();
  let elsewhere: DataFolder;
  let settings: Record<string, string>;
  beforeAll(() => {
    elsewhere = new DataFolder(join(scratch, 'elsewhere'));
    settings = {
      AGENTWARDEN_DATA_DIR: elsewhere.path,
      DATABASE_URL: url,
      DATABASE_MIGRATION_URL: migrationUrl,
      TEMPORAL_ADDRESS: temporalAddress(),
    };
  });

  test('only API and worker are started, and a deleted demo agent does not come back', async () => {
    const started = await begin(settings);
    expect(PART_NAMES.filter((name) => existsSync(elsewhere.pidFile(name)))).toEqual(['worker', 'api']);
    expect(existsSync(elsewhere.file('postgres'))).toBe(false);
    await started.stop();

    const db = createDb(url);
    await deleteAgent(db, started.welcome.agent_id);
    const again = await begin(settings);
    await again.stop();
    expect(await findAgent(db, started.welcome.agent_id)).toBeNull();
    await db.destroy();
  }, 60_000);

  test('given only the owner of a database, it creates a role for the application that cannot change the audit', async () => {
    const { DATABASE_MIGRATION_URL: owner, ...others } = settings;
    const alone = new DataFolder(join(scratch, 'alone'));
    const started = await begin({ ...others, DATABASE_URL: owner!, AGENTWARDEN_DATA_DIR: alone.path });
    await expectAppendOnly(alone);
    await started.stop();
  }, 60_000);

  test('one that does not answer is named', async () => {
    await expect(begin({ ...settings, TEMPORAL_ADDRESS: '127.0.0.1:1' })).rejects.toThrow(
      'Temporal at 127.0.0.1:1 does not answer.',
    );
    const away = 'postgres://app@127.0.0.1:1/x';
    await expect(begin({ ...settings, DATABASE_URL: away, DATABASE_MIGRATION_URL: away })).rejects.toThrow(
      'Postgres cannot be used: connect ECONNREFUSED 127.0.0.1:1. Check DATABASE_URL.',
    );
  });
});

describe('a start that fails says why in one sentence', () => {
  const away = 'postgres://app@127.0.0.1:1/x';
  test.each([
    ['a wrong setting', { PORT: 'x' }, 'PORT must be a number'],
    [
      'several wrong settings',
      { MAIL_FROM: 'me', SECRET_KEYS: 'x' },
      /MAIL_FROM[^]*SECRET_KEYS|SECRET_KEYS[^]*MAIL_FROM/,
    ],
    ['a Temporal that is away', { TEMPORAL_ADDRESS: '127.0.0.1:1' }, 'Temporal at 127.0.0.1:1 does not answer.'],
    ['a Postgres that is away', { DATABASE_URL: away }, 'Postgres cannot be used: connect ECONNREFUSED'],
  ])('%s, and no folder is created', async (_, settings, sentence) => {
    const untouched = join(scratch, 'untouched');
    await expect(begin({ ...settings, AGENTWARDEN_DATA_DIR: untouched })).rejects.toThrow(sentence);
    expect(existsSync(untouched)).toBe(false);
  });

  test('a port in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const untouched = join(scratch, 'untouched');
    const first = { PORT: String(port), AGENTWARDEN_DATA_DIR: untouched };
    await expect(begin(first)).rejects.toThrow(`Port ${port} on 127.0.0.1 is in use.`);
    expect(existsSync(untouched)).toBe(false);
    await expect(begin({ PORT: String(port) })).rejects.toThrow(`Port ${port} on 127.0.0.1 is in use.`);
    server.close();
    expect(existsSync(folder.file('lock'))).toBe(false);
  });

  test('a data folder that is a file', async () => {
    const file = join(scratch, 'a-file');
    writeFileSync(file, '');
    await expect(begin({ AGENTWARDEN_DATA_DIR: file })).rejects.toThrow(
      `The data folder ${file} cannot be created or written to`,
    );
  });

  test.each([
    ['a database without keys', { 'postgres/PG_VERSION': '18' }, 'has a database but no keys.json'],
    ['damaged keys', { 'keys.json': '{"secretKeys": "k1:' }, 'keys.json is damaged'],
    [
      'keys that are none',
      { 'keys.json': '{"secretKeys":"k1:AQEB","postgresPassword":"x","appPassword":"x"}' },
      'keys.json is damaged',
    ],
    [
      'half a database',
      {
        'keys.json':
          '{"secretKeys":"k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=","postgresPassword":"x","appPassword":"x"}',
        'postgres/base/1': '',
      },
      'is not a complete Postgres cluster',
    ],
    [
      'the database of another version',
      {
        'keys.json':
          '{"secretKeys":"k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=","postgresPassword":"x","appPassword":"x"}',
        'postgres/PG_VERSION': '16\n',
        'postgres/global/pg_control': '',
      },
      'was created by Postgres 16',
    ],
    [
      'a damaged database',
      {
        'keys.json':
          '{"secretKeys":"k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=","postgresPassword":"x","appPassword":"x"}',
        'postgres/PG_VERSION': '18\n',
        'postgres/global/pg_control': '',
      },
      'Postgres ended while it started: postgres: could not access the server configuration file',
    ],
  ])('%s', async (name, files, sentence) => {
    const broken = new DataFolder(join(scratch, name.replaceAll(' ', '-')));
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(join(broken.file(file), '..'), { recursive: true });
      writeFileSync(broken.file(file), text);
    }
    await expect(begin({ AGENTWARDEN_DATA_DIR: broken.path })).rejects.toThrow(sentence);
    expect(existsSync(broken.file('lock'))).toBe(false);
  });

  test('a part that ends while it starts, and then nothing is left running', async () => {
    writeFileSync(join(project, 'dist/api/server.js'), 'process.exit(3)');
    await expect(begin()).rejects.toThrow('api ended while it started (code 3)');
    expect(PART_NAMES.filter((name) => existsSync(folder.pidFile(name)))).toEqual([]);
    expect(existsSync(folder.file('lock'))).toBe(false);
  }, 60_000);
});

test('being stopped does not wait for a Temporal server that takes calls and never answers', async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => void sockets.push(socket.on('error', () => undefined))).listen(
    0,
    '127.0.0.1',
  );
  await new Promise((resolve) => silent.once('listening', resolve));
  const stopping = new AbortController();
  const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const starting = begin({ TEMPORAL_ADDRESS: address }, stopping.signal);
  const refused = expect(starting).rejects.toThrow('AgentWarden was stopped.');
  await until('a call after the first knock', () => sockets.length > 1, 60_000);
  const asked_ms = Date.now();
  stopping.abort();
  await refused;
  expect(Date.now() - asked_ms).toBeLessThan(20_000);
  expect(existsSync(folder.file('lock'))).toBe(false);
  silent.close();
  for (const socket of sockets) socket.destroy();
}, 90_000);

test('a start that is stopped before it creates its folder leaves none', async () => {
  const untouched = join(scratch, 'untouched');
  const stopping = new AbortController();
  const starting = begin({ AGENTWARDEN_DATA_DIR: untouched }, stopping.signal);
  stopping.abort();
  await expect(starting).rejects.toThrow('AgentWarden was stopped.');
  expect(existsSync(untouched)).toBe(false);
});

test('a folder whose last start was killed is taken over', () => {
  const killed = new DataFolder(join(scratch, 'killed'));
  killed.prepare();
  writeFileSync(killed.file('lock'), JSON.stringify({ pid: process.pid, started: 'another time' }));
  expect(killed.running()).toBeNull();
  killed.lock();
  expect(() => killed.lock()).toThrow('already runs');
  killed.unlock();
});
