import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freshDatabase } from '../tests/support/postgres';

test('the generated types match the migrated database; `npm run generate` writes them anew', async () => {
  const database = await freshDatabase();
  const root = join(__dirname, '..');
  try {
    const command = [join(root, 'node_modules/kysely-codegen/dist/cli/bin.js'), '--config-file', '.kysely-codegenrc.json', '--verify'];
    await promisify(execFile)(process.execPath, [...command, '--url', database.migrationUrl], { cwd: root });
  } finally {
    await database.drop();
  }
});
