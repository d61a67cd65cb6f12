/** Prepares the database for the first check: the application's role, the schema, an admin, a demo agent. */
import { createHash, hkdfSync } from 'node:crypto';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { ensureDemoAgent, ensureFirstAdmin } from '../../application/first-start';
import { loadConfig, type Config, type Environment } from '../../config';
import { migrate } from '../../db/migrate';
import { createDb } from '../../db/pool';
import { AGENT_KEY_SEED_BYTES } from '../../encryption/agent-key';
import { ensureNamespace } from '../../temporal';
import { createLoginUrl, createUserToken } from '../people';
import { roleOf } from '../settings';
import { DEMO_ACTION, type Welcome } from './welcome';

const DEMO_AGENT = 'demo-agent';
const TOKEN_TTL_S = 12 * 3600;

export interface Prepared {
  /** Further settings of API and worker. */
  settings: { DATABASE_URL: string; DATABASE_MIGRATION_URL: string };
  welcome: Omit<Welcome, 'data_dir'>;
  facts: { adminEmail: string; outbox: boolean };
}

/**
 * Without DATABASE_URL in `env`, creates a role for the application with `appPassword`. `advice` ends the message when
 * Postgres refuses us. `signal` ends the wait for Temporal.
 */
export async function bootstrap(
  env: Environment & { DATABASE_MIGRATION_URL: string },
  { appPassword, advice, signal }: { appPassword: string; advice: string; signal: AbortSignal },
): Promise<Prepared> {
  await ensureDatabase(env.DATABASE_MIGRATION_URL, advice);
  const databaseUrl = env.DATABASE_URL ?? (await createRole(env.DATABASE_MIGRATION_URL, appPassword));
  const config = loadConfig({ ...env, DATABASE_URL: databaseUrl });
  await Promise.all([migrate(config.databaseMigrationUrl, roleOf(databaseUrl)), readyNamespace(config, signal)]);
  const db = createDb(databaseUrl, { max: 2 });
  try {
    const deps = { db, now: Date.now, publicUrl: config.publicUrl };
    const admin = await ensureFirstAdmin(deps, config.adminEmail);
    const agent_key = await ensureDemoAgent(deps, {
      id: DEMO_AGENT,
      action: DEMO_ACTION,
      key_seed: demoKeySeed(config.secretKeys[0]!.secret),
    });
    return {
      settings: { DATABASE_URL: databaseUrl, DATABASE_MIGRATION_URL: config.databaseMigrationUrl },
      welcome: {
        url: config.publicUrl,
        login_url: await createLoginUrl(deps, admin),
        user_token: await createUserToken(config, admin, TOKEN_TTL_S),
        agent_id: DEMO_AGENT,
        agent_key,
      },
      facts: { adminEmail: config.adminEmail, outbox: !config.mail.smtpUrl },
    };
  } finally {
    await db.destroy();
  }
}

const demoKeySeed = (secret: Buffer): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, 'agentwarden/1', 'demo-agent-key', AGENT_KEY_SEED_BYTES));

async function readyNamespace(config: Config, signal: AbortSignal): Promise<void> {
  await ensureNamespace(config, signal).catch((error: unknown) => {
    throw new Error(
      `Temporal at ${config.temporal.address} cannot be used: ${reasonOf(error)}. Check TEMPORAL_ADDRESS.`,
      {
        cause: error,
      },
    );
  });
}

/**
 * Creates the role that may append to the audit but not change it, and returns the URL with this role. A role belongs to
 * the whole Postgres server, so its name depends on the data folder: else two folders would change each other's password.
 */
async function createRole(ownerUrl: string, password: string): Promise<string> {
  const role = `agentwarden_app_${createHash('sha256').update(password).digest('hex').slice(0, 8)}`;
  const client = await connect(ownerUrl);
  try {
    const found = await client.query('select from pg_roles where rolname = $1', [role]);
    const verb = found.rowCount ? 'alter' : 'create';
    await client.query(`${verb} role ${escapeIdentifier(role)} login password ${escapeLiteral(password)}`);
  } catch (error) {
    throw new Error(
      `The role of DATABASE_URL may not create a role for the application (${reasonOf(error)}). Set DATABASE_URL with the application's role and DATABASE_MIGRATION_URL with the owner of the tables.`,
      { cause: error },
    );
  } finally {
    await client.end();
  }
  const url = new URL(ownerUrl);
  url.username = role;
  url.password = password;
  return url.href;
}

/** The message; the code when it is empty, as for a refused connection to a host with several addresses. */
const reasonOf = (error: unknown): string => (error as Error).message || String((error as { code?: string }).code);

const NO_SUCH_DATABASE = '3D000';

async function ensureDatabase(ownerUrl: string, advice: string): Promise<void> {
  if (await assertPostgres(ownerUrl, advice)) return;
  const url = new URL(ownerUrl);
  const name = decodeURIComponent(url.pathname.slice(1));
  url.pathname = '/postgres';
  const client = await connect(url.href).catch((error: unknown) => unusable(error, advice));
  await client.query(`create database ${escapeIdentifier(name)}`).finally(() => client.end());
}

export const CHECK_URL = 'Check DATABASE_URL.';

/** Throws when the server refuses us. False when it has no database of this name, which the caller can create. */
export async function assertPostgres(url: string, advice: string): Promise<boolean> {
  try {
    await (await connect(url)).end();
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === NO_SUCH_DATABASE) return false;
    return unusable(error, advice);
  }
}

function unusable(error: unknown, advice: string): never {
  throw new Error(`Postgres cannot be used: ${reasonOf(error)}. ${advice}`, { cause: error });
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
