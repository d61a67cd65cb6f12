/** The settings and the database of a command. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig, type Config, type Environment } from '../config';
import { createDb, type Db, type PoolOptions } from '../db/pool';
import { DataFolder } from './start/data-folder';

/** The surroundings of a command; every command gets them. */
export interface CommandContext {
  env: Environment;
  /** The folder with package.json. */
  project: string;
}

export const dataFolder = ({ env, project }: CommandContext): DataFolder =>
  new DataFolder(env.AGENTWARDEN_DATA_DIR || join(project, '.agentwarden'));

/**
 * The settings of the running `npm start` on the data folder, so that `agentwarden token …` beside it needs none of its
 * own. The environment instead, when it names another database.
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
  work: (db: Db, config: Config) => Promise<T>,
  limits: Pick<PoolOptions, 'statement_timeout_ms'> = {},
): Promise<T> {
  const config = loadConfig(settingsOf(context));
  const db = createDb(config.databaseUrl, { ...limits, max: 2, application_name: 'agentwarden cli' });
  try {
    return await work(db, config);
  } finally {
    await db.destroy();
  }
}
