/** What a start would make of the settings, before anything runs. */
import { loadConfig, type Config, type Environment } from '../../config';
import type { DataFolder } from './data-folder';

/** Any value of the right form: lets every other setting be judged before the embedded parts have theirs. */
const STAND_INS = {
  DATABASE_URL: 'postgres://stand-in@127.0.0.1/x',
  SECRET_KEYS: `k1:${Buffer.alloc(32).toString('base64')}`,
};

/** Throws all faults at once. */
export const configBeforeStart = (env: Environment, folder: DataFolder): Config =>
  loadConfig({ ...STAND_INS, AGENTWARDEN_OUTBOX_DIR: folder.file('outbox'), ...definedOnly(env) });

/** Empty settings are unset ones. */
export function definedOnly(env: Environment): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => !!entry[1]?.trim()));
}
