/** Checks the settings of a start before anything runs. */
import { loadConfig, type Config, type Environment } from '../../config';
import type { DataFolder } from './data-folder';

/** For the two settings that the start provides later, so that all others can be checked first. */
const PLACEHOLDERS = {
  DATABASE_URL: 'postgres://placeholder@127.0.0.1/x',
  SECRET_KEYS: `k1:${Buffer.alloc(32).toString('base64')}`,
};

/** Throws all faults at once. */
export const configBeforeStart = (env: Environment, folder: DataFolder): Config =>
  loadConfig({ ...PLACEHOLDERS, AGENTWARDEN_OUTBOX_DIR: folder.file('outbox'), ...definedOnly(env) });

/** Without the settings that are not set or empty. */
export function definedOnly(env: Environment): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => !!entry[1]?.trim()));
}
