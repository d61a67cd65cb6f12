/** `agentwarden migrate` */
import { loadConfig } from '../config';
import { migrate } from '../db/migrate';
import { roleOf, settingsOf, type CommandContext } from './settings';

export async function runMigrate(context: CommandContext): Promise<string> {
  const config = loadConfig(settingsOf(context));
  if (!config.databaseMigrationUrl)
    throw new Error(
      'Migrations need DATABASE_MIGRATION_URL, the database URL with the role that owns the tables. The role of the application does not own them.',
    );
  const ran = await migrate(config.databaseMigrationUrl, roleOf(config.databaseUrl));
  return ran.length ? ran.map((name) => `ran ${name}`).join('\n') : 'The database is up to date.';
}
