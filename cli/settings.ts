/** The settings and the database of a command. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Author } from '../application/audited-change';
import type { Deps } from '../application/deps';
import { loadConfig, type Config, type Environment } from '../config';
import { createDb, type PoolOptions } from '../db/pool';
import { SYSTEM_ACTORS } from '../domain/approval';
import { DataFolder } from './start/data-folder';

/** The environment and the project of a command. */
export interface CommandContext {
  env: Environment;
  /** The folder with package.json. */
  project: string;
}

/** The author of changes by a command. */
export const OPERATOR: Author = { actor: SYSTEM_ACTORS.cli };

/** The parts of the application that a command needs. */
export type CommandDeps = Pick<Deps, 'db' | 'now' | 'publicUrl'>;

export const dataFolder = ({ env, project }: CommandContext): DataFolder =>
  new DataFolder(env.AGENTWARDEN_DATA_DIR || join(project, '.agentwarden'));

/**
 * The settings of the `npm start` that runs on the data folder, so that a command beside it needs no settings. The
 * environment instead, when that names another database.
 */
export function settingsOf(context: CommandContext): Environment {
  const folder = dataFolder(context);
  const running = folder.running();
  const named = context.env.DATABASE_URL;
  if (running && (!named || [running.DATABASE_URL, running.DATABASE_MIGRATION_URL].includes(named)))
    return { ...context.env, ...running };
  if (named) return context.env;
  throw new Error(
    existsSync(folder.file('keys.json'))
      ? `"npm start" does not run on the data folder ${folder.path}. Start it first, or set DATABASE_URL.`
      : `There is no database: DATABASE_URL is not set, and no "npm start" runs on the data folder ${folder.path}. Start one, or set AGENTWARDEN_DATA_DIR to its data folder.`,
  );
}

export const roleOf = (databaseUrl: string): string => decodeURIComponent(new URL(databaseUrl).username);

/** Opens a small pool for the work and closes it afterwards. */
export async function withDatabase<T>(
  context: CommandContext,
  work: (deps: CommandDeps, config: Config) => Promise<T>,
  limits: Pick<PoolOptions, 'statement_timeout_ms'> = {},
): Promise<T> {
  const config = loadConfig(settingsOf(context));
  const db = createDb(config.databaseUrl, { ...limits, max: 2, application_name: 'agentwarden cli' });
  try {
    return await work({ db, now: Date.now, publicUrl: config.publicUrl }, config);
  } finally {
    await db.destroy();
  }
}
