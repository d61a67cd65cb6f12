import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig, type Config, type Environment } from '../config';
import { createDb, type Db, type PoolOptions } from '../db/pool';
import { DataFolder } from './start/data-folder';

/** What every command is given. */
export interface CommandContext {
  env: Environment;
  /** The folder with package.json. */
  project: string;
}

export const dataFolder = ({ env, project }: CommandContext): DataFolder =>
  new DataFolder(env.AGENTWARDEN_DATA_DIR || join(project, '.agentwarden'));

/**
 * What the start that runs on the data folder gave its parts, so that `agentwarden token …` beside a running `npm start`
 * needs no settings at all; the environment where that names another database.
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
      ? `Nothing runs on the data folder ${folder.path}. Run "npm start" first, or set DATABASE_URL.`
      : `There is no database to work on: DATABASE_URL is not set, and ${folder.path} is not a data folder of a running "npm start". Start one, or name its folder in AGENTWARDEN_DATA_DIR.`,
  );
}

export const roleOf = (databaseUrl: string): string => decodeURIComponent(new URL(databaseUrl).username);

/** Runs the work with a small pool of its own and closes it. */
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
