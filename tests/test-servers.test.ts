/** The Postgres and the Temporal of the test run are as the tests expect. */
import { Client } from 'pg';
import { Connection } from '@temporalio/client';
import { freshDatabase } from './support/postgres';
import { temporalAddress } from './support/temporal';

test('a fresh database has the schema, takes rows from the application role, and is gone when dropped', async () => {
  const database = await freshDatabase();
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await expect(client.query('select count(*)::int as n from audit')).resolves.toMatchObject({ rows: [{ n: 0 }] });
  await client.end();
  await database.drop();
  const again = new Client({ connectionString: database.url });
  await expect(again.connect()).rejects.toThrow('does not exist');
});

test('ended workflows are kept for thirty days', async () => {
  const connection = await Connection.connect({ address: temporalAddress() });
  const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
  expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(30 * 24 * 3600);
  await connection.close();
});
