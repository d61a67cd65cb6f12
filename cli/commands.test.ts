import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { loadConfig } from '../config';
import { createPerson, updatePerson } from '../db/people';
import { hashKey, isAgentKey } from '../encryption/agent-key';
import { purposeKey } from '../encryption/keys';
import { verifyUserToken } from '../encryption/user-token';
import { withDatabase } from '../tests/support/postgres';
import { startSlack } from '../tests/support/slack';
import { temporalAddress } from '../tests/support/temporal';
import { program } from './commands';
import { DataFolder } from './start/data-folder';

const SECRET_KEYS = `k1:${Buffer.alloc(32, 7).toString('base64')}`;
const { db, url, migrationUrl } = withDatabase();
let scratch: string;
let env: Record<string, string>;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'agentwarden-cli-'));
  env = {
    DATABASE_URL: url,
    SECRET_KEYS,
    TEMPORAL_ADDRESS: temporalAddress(),
    AGENTWARDEN_DATA_DIR: join(scratch, 'data'),
  };
});
afterAll(async () => {
  rmSync(scratch, { recursive: true, force: true });
});
afterEach(() => void (process.exitCode = undefined));

/** Runs a command and returns its output. Rejects if the command does. */
async function agentwarden(args: string[], settings: Record<string, string | undefined> = {}): Promise<string> {
  const printed: string[] = [];
  const context = { env: { ...env, ...settings }, project: scratch };
  await program(context, { print: (text) => printed.push(text), say: () => undefined, version: '0.0.0' }).parseAsync(
    args,
    { from: 'user' },
  );
  return printed.join('\n');
}

/** `type by actor` of every entry so far. */
const audited = async (): Promise<string[]> =>
  (await db.selectFrom('audit').select(['type', 'actor_id']).orderBy('seq').execute()).map(
    ({ type, actor_id }) => `${type} by ${actor_id}`,
  );

describe('login links and tokens', () => {
  let id: string;
  beforeAll(
    async () => void ({ id } = await createPerson(db, { name: 'Ana', emails: ['ana@acme.example'] }, 'system')),
  );

  test('`token` prints a bearer token of that person, good for one hour', async () => {
    const token = await agentwarden(['token', 'Ana@acme.example']);
    const ring = purposeKey(loadConfig(env).secretKeys, 'user-token');
    expect(await verifyUserToken(ring, token, Date.now())).toMatchObject({ user_id: id });
    expect(await verifyUserToken(ring, token, Date.now() + 3_601_000)).toBeNull();
  });

  test('`login-link` prints a link whose hash alone is stored', async () => {
    const link = await agentwarden(['login-link', 'ana@acme.example']);
    const token = /^http:\/\/127\.0\.0\.1:8080\/login\/(\S+)$/.exec(link)![1]!;
    const rows = await db.selectFrom('login_links').select(['hash', 'user_id']).execute();
    expect(rows).toEqual([{ hash: createHash('sha256').update(token).digest('hex'), user_id: id }]);
  });

  test('nobody else and no inactive person gets one', async () => {
    await expect(agentwarden(['token', 'nobody@acme.example'])).rejects.toThrow(
      'There is no person with the address nobody@acme.example.',
    );
    await updatePerson(db, id, { active: false }, 'system');
    await expect(agentwarden(['login-link', 'ana@acme.example'])).rejects.toThrow('is inactive');
  });
});

describe('keys', () => {
  test('are shown once, listed without their secret part, and revoked; each change is in the audit', async () => {
    const key = await agentwarden(['keys', 'create', '--name', 'ci', '--agent', 'deploy-bot', '*-helper']);
    expect(isAgentKey(key)).toBe(true);
    const row = await db
      .selectFrom('keys')
      .select(['id', 'agents'])
      .where('hash', '=', hashKey(key))
      .executeTakeFirstOrThrow();
    expect(row.agents).toEqual(['deploy-bot', '*-helper']);
    const list = await agentwarden(['keys', 'list']);
    expect(list).toContain(`${row.id}\t${key.slice(0, 9)}…\tdeploy-bot *-helper\tno end\tci`);
    expect(list).not.toContain(key);
    await agentwarden(['keys', 'revoke', row.id]);
    expect(await agentwarden(['keys', 'list'])).toBe('There are no keys.');
    await expect(agentwarden(['keys', 'revoke', row.id])).rejects.toThrow(`There is no active key ${row.id}`);
    expect(await audited()).toEqual(['key.created by cli', 'key.revoked by cli']);
  });
});

describe('policy', () => {
  const file = (name: string, text: string): string => {
    const path = join(scratch, name);
    writeFileSync(path, text);
    return path;
  };

  test('`apply` publishes the next version and says so', async () => {
    const good = file('good.yaml', 'version: 1\nrules:\n  - { id: read, action: crm.read, effect: allow }\n');
    expect(await agentwarden(['policy', 'apply', good, '--note', 'first'])).toContain('Published as version 1.');
    expect(await db.selectFrom('policy_versions').select(['version', 'note']).execute()).toEqual([
      { version: 1, note: 'first' },
    ]);
    expect((await audited()).at(-1)).toBe('policy.published by cli');
  });

  test('a faulty one is refused whole, each fault with its line', async () => {
    const bad = file(
      'bad.yaml',
      'version: 1\nrules:\n  - { id: read, action: crm.read, effect: maybe }\n  - { id: read, action: "crm read", effect: allow }\n',
    );
    const listed = await agentwarden(['policy', 'validate', bad]);
    expect(listed.split('\n').length).toBeGreaterThanOrEqual(2);
    expect(listed).toContain(`${bad}:3: error rules.0.effect:`);
    expect(process.exitCode).toBe(1);
    await expect(agentwarden(['policy', 'apply', bad])).rejects.toThrow('the current one stays in force');
    expect(await db.selectFrom('policy_versions').select('version').execute()).toHaveLength(1);
  });

  test('a file that is not there is named', async () => {
    await expect(agentwarden(['policy', 'validate', '/nowhere.yaml'])).rejects.toThrow(
      'The file /nowhere.yaml cannot be read (ENOENT)',
    );
  });
});

describe('audit verify', () => {
  test('reports an intact chain, and names the entry that was edited', async () => {
    expect(await agentwarden(['audit', 'verify'])).toMatch(/^The audit is intact: \d+ entries/);
    expect(process.exitCode).toBeUndefined();
    const owner = new Client({ connectionString: migrationUrl });
    await owner.connect();
    await owner.query('alter table audit disable trigger user');
    await owner.query(`update audit set entry = replace(entry::text, 'key.created', 'key.forged')::json where seq = 1`);
    await owner.end();
    expect(await agentwarden(['audit', 'verify'])).toMatch(/NOT intact\. First bad entry: 1 /);
    expect(process.exitCode).toBe(1);
  });
});

describe('projection rebuild', () => {
  test('writes nothing where nothing is missing', async () => {
    expect(await agentwarden(['projection', 'rebuild'])).toMatch(/^Nothing was missing/);
  });
});

describe('migrate', () => {
  test('is refused to the application, and has nothing left to do for the owner', async () => {
    await expect(agentwarden(['migrate'])).rejects.toThrow('Migrations need DATABASE_MIGRATION_URL');
    expect(await agentwarden(['migrate'], { DATABASE_MIGRATION_URL: migrationUrl })).toBe(
      'The database is up to date.',
    );
  });
});

describe('slack test', () => {
  test('sends one message, or says what Slack said', async () => {
    await expect(agentwarden(['slack', 'test', 'U1'])).rejects.toThrow('set SLACK_BOT_TOKEN');
    const slack = await startSlack();
    const settings = { SLACK_BOT_TOKEN: slack.token, SLACK_API_URL: slack.url };
    expect(await agentwarden(['slack', 'test', '#refunds'], settings)).toMatch(/^Sent to #refunds/);
    slack.behave(() => ({ error: 'not_in_channel' }));
    await expect(agentwarden(['slack', 'test', '#refunds'], settings)).rejects.toThrow('slack_not_in_channel');
    await slack.close();
  });
});

describe('doctor', () => {
  const nothing = {
    DATABASE_URL: undefined,
    SECRET_KEYS: undefined,
    TEMPORAL_ADDRESS: undefined,
    PATH: '',
    XDG_CACHE_HOME: '/nowhere',
  };

  test('on a fresh machine says what the first start will do', async () => {
    const text = await agentwarden(['doctor'], nothing);
    expect(text).toMatch(/note {2}Data folder .*not created yet; "npm start" creates it/);
    expect(text).toMatch(/note {2}Temporal .*"npm start" downloads one into \/nowhere\/agentwarden/);
    expect(text).toMatch(/note {2}Email .*messages go to the outbox page/);
    expect(process.exitCode).toBeUndefined();
  });

  test('names each wrong setting before the first start too, and a Temporal that does not answer', async () => {
    expect(await agentwarden(['doctor'], { ...nothing, PORT: 'x', SMTP_URL: 'mail' })).toMatch(
      /FAIL {2}PORT .*\nFAIL {2}SMTP_URL /,
    );
    expect(process.exitCode).toBe(1);
    expect(await agentwarden(['doctor'], { ...nothing, TEMPORAL_ADDRESS: '127.0.0.1:1' })).toMatch(
      /FAIL {2}Temporal .*does not answer/,
    );
  });

  test('reports what is reachable, configured or missing, and no secret', async () => {
    const text = await agentwarden(['doctor'], {
      SMTP_URL: 'smtp://user:hunter2@mail:25',
      METRICS_TOKEN: 'a-long-metrics-token',
    });
    expect(text).toMatch(/ok {4}Postgres .*schema up to date/);
    expect(text).toMatch(/ok {4}Temporal .*answers/);
    expect(text).toMatch(/ok {4}Email .*by SMTP/);
    expect(text).toMatch(/note {2}Slack .*set SLACK_BOT_TOKEN/);
    expect(text).toMatch(/note {2}Public URL .*plain http/);
    expect(text).not.toMatch(/hunter2|a-long-metrics-token/);
    expect(text).not.toContain(Buffer.alloc(32, 7).toString('base64'));
  });

  test('notes that the role of the application owns the audit', async () => {
    const text = await agentwarden(['doctor'], { DATABASE_URL: migrationUrl });
    expect(text).toMatch(/note {2}Postgres .*give DATABASE_URL a role that owns nothing/);
  });

  test('names each wrong setting, and each server that does not answer', async () => {
    expect(await agentwarden(['doctor'], { PORT: 'x', SMTP_URL: 'mail' })).toMatch(
      /FAIL {2}PORT .*\nFAIL {2}SMTP_URL /,
    );
    expect(process.exitCode).toBe(1);
    const away = await agentwarden(['doctor'], {
      DATABASE_URL: 'postgres://app@127.0.0.1:1/x',
      TEMPORAL_ADDRESS: '127.0.0.1:1',
    });
    expect(away).toMatch(/FAIL {2}Postgres [\s\S]*FAIL {2}Temporal /);
  });
});

test('beside a start that was given a database, a command needs no more than that start', async () => {
  const folder = new DataFolder(join(scratch, 'running'));
  folder.prepare();
  folder.lock();
  folder.publish({ DATABASE_URL: url, DATABASE_MIGRATION_URL: migrationUrl, SECRET_KEYS });
  await createPerson(db, { name: 'Eve', emails: ['eve@acme.example'] }, 'system');
  const given = { SECRET_KEYS: undefined, AGENTWARDEN_DATA_DIR: folder.path };
  const token = ['token', 'eve@acme.example'];
  expect(await agentwarden(token, { ...given, DATABASE_URL: migrationUrl })).toMatch(/^eyJ/);
  // With another DATABASE_URL, the keys of the running start are not used.
  await expect(agentwarden(token, { ...given, DATABASE_URL: 'postgres://app@127.0.0.1:1/x' })).rejects.toThrow(
    'SECRET_KEYS',
  );
  folder.unlock();
});

test('a command without a database says where it looked', async () => {
  await expect(agentwarden(['token', 'a@b.example'], { DATABASE_URL: undefined })).rejects.toThrow(
    `no "npm start" runs on the data folder ${join(scratch, 'data')}. Start one, or set AGENTWARDEN_DATA_DIR to its data folder.`,
  );
});
