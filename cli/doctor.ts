/** `agentwarden doctor`: reports what is configured, what is missing and how to mend it. Never shows a secret. */
import { existsSync } from 'node:fs';
import { sql } from 'kysely';
import { loadConfig, type Config, type Environment } from '../config';
import { CHANNEL_MODULES } from '../activities/configured-carriers';
import { CHANNELS, PERSONAL_CHANNELS } from '../domain/approval';
import { AgentWardenError } from '../domain/errors';
import { assertSchema } from '../db/migrate';
import { createDb } from '../db/pool';
import { configBeforeStart } from './start/start-settings';
import { accepts } from './start/ports';
import { cacheFolder, findTemporal } from './start/temporal-server';
import { dataFolder, settingsOf, type CommandContext } from './settings';

type Verdict = 'ok' | 'note' | 'FAIL';
type Finding = [verdict: Verdict, subject: string, text: string];

export async function examine(context: CommandContext): Promise<{ ok: boolean; text: string }> {
  const findings: Finding[] = [node(), ...(await examineServers(context))];
  const width = Math.max(...findings.map(([, subject]) => subject.length));
  const text = findings
    .map(([verdict, subject, what]) => `${verdict.padEnd(4)}  ${subject.padEnd(width)}  ${what}`)
    .join('\n');
  return { ok: findings.every(([verdict]) => verdict !== 'FAIL'), text };
}

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const enough = major > 20 || (major === 20 && minor >= 19);
  return [enough ? 'ok' : 'FAIL', 'Node.js', `${process.version}${enough ? '' : '; 20.19 or later is required'}`];
}

async function examineServers(context: CommandContext): Promise<Finding[]> {
  const folder = dataFolder(context);
  let settings: Environment | null;
  try {
    settings = settingsOf(context);
  } catch {
    settings = null; // no database yet; a start creates it
  }
  try {
    if (settings === null) return await beforeStart(context, configBeforeStart(context.env, folder));
    const config = loadConfig(settings);
    const where = settings === context.env ? 'from the environment' : `of the running "npm start" on ${folder.path}`;
    return [
      ['ok', 'Settings', where],
      await database(config),
      await temporal(config),
      address(config),
      ...channels(config),
      ...rest(config),
    ];
  } catch (error) {
    if (!(error instanceof AgentWardenError)) throw error;
    return (error.facts.errors ?? []).map((fault): Finding => ['FAIL', fault.path, fault.message]);
  }
}

/** The programs and settings that a start would use now. */
async function beforeStart(context: CommandContext, config: Config): Promise<Finding[]> {
  const folder = dataFolder(context);
  const state = existsSync(folder.file('keys.json'))
    ? 'exists, but nothing runs on it; "npm start" starts everything'
    : 'not created yet; "npm start" creates it';
  return [
    ['note', 'Data folder', `${folder.path}: ${state}`],
    context.env.TEMPORAL_ADDRESS ? await temporal(config) : temporalChoice(context.env),
    address(config),
    ...channels(config),
    ...rest(config),
  ];
}

async function database(config: Config): Promise<Finding> {
  const db = createDb(config.databaseUrl, { max: 1, application_name: 'agentwarden doctor' });
  try {
    await assertSchema(db);
    const { rows } = await sql<{ may: boolean }>`select has_table_privilege('audit', 'update') as may`.execute(db);
    if (!rows[0]?.may) return ['ok', 'Postgres', 'reachable, schema up to date'];
    return [
      'note',
      'Postgres',
      'reachable, schema up to date; its role owns the audit and could switch off its protection: give DATABASE_URL a role that owns nothing, and DATABASE_MIGRATION_URL the owner',
    ];
  } catch (error) {
    return ['FAIL', 'Postgres', `${(error as Error).message} (DATABASE_URL)`];
  } finally {
    await db.destroy();
  }
}

async function temporal({ temporal: { address: where, namespace } }: Config): Promise<Finding> {
  const [host = '', port = ''] = where.split(':');
  if (await accepts(Number(port), host)) return ['ok', 'Temporal', `${where} answers; namespace ${namespace}`];
  return [
    'FAIL',
    'Temporal',
    `${where} does not answer (TEMPORAL_ADDRESS): checks that need an approval get 503 until it does`,
  ];
}

function temporalChoice(env: Environment): Finding {
  const found = findTemporal(env);
  if (found?.kind === 'executable') return ['ok', 'Temporal', found.path];
  return ['note', 'Temporal', `no server yet; "npm start" downloads one into ${cacheFolder(env)}`];
}

function address({ publicUrl }: Config): Finding {
  if (publicUrl.startsWith('https:')) return ['ok', 'Public URL', publicUrl];
  return [
    'note',
    'Public URL',
    `${publicUrl}: plain http, so session cookies are not Secure; set PUBLIC_URL to an https address before others use it`,
  ];
}

function channels(config: Config): Finding[] {
  const meanwhile = config.outboxDir
    ? 'messages go to the outbox page'
    : 'its messages fail and the next channel is tried';
  return PERSONAL_CHANNELS.map((channel): Finding => {
    const { label } = CHANNELS[channel];
    const { how, settings } = CHANNEL_MODULES[channel].describe(config);
    const carrier = CHANNEL_MODULES[channel].createCarrier(config);
    if (carrier === null) return ['note', label, `not configured: ${meanwhile}; set ${settings}`];
    carrier.close?.();
    return ['ok', label, how];
  });
}

function rest({ webhookAllowHosts, metricsToken, adminEmail }: Config): Finding[] {
  return [
    ['ok', 'First admin', adminEmail],
    [
      'ok',
      'Webhooks',
      webhookAllowHosts.length
        ? `https, and plain http or private addresses for ${webhookAllowHosts.join(', ')}`
        : 'https to public addresses only',
    ],
    ['ok', 'Metrics', metricsToken ? 'with METRICS_TOKEN' : 'on loopback only'],
  ];
}
