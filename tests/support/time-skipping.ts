/** Temporal's time-skipping test server, which runs on Java. On it thirty days pass in a second. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TestWorkflowEnvironment, type TimeSkippingTestWorkflowEnvironmentOptions } from '@temporalio/testing';
import { cacheFolder } from '../../cli/start/temporal-server';
import { findTimeSkipping, type TimeSkipping } from '../../scripts/set-up/find.mjs';
import { describeOnlyWith } from './skipping';

const findServer = (): TimeSkipping | null => findTimeSkipping(cacheFolder(process.env));

/** `describe` for tests that need time skipping. `npm test` installs Java and the server. */
export const describeWithTimeSkipping = (name: string, tests: () => void): void =>
  describeOnlyWith("Java with Temporal's time-skipping server", findServer() !== null, name, tests);

/** Writes a script that starts the server, because the SDK accepts only one executable. It is removed with the run's folder. */
function executable({ java, jars }: TimeSkipping): string {
  const path = join(dirname(process.env.AGENTWARDEN_TEST_SERVERS!), `time-skipping-${process.pid}`);
  const command = `exec '${java}' -XX:TieredStopAtLevel=1 -cp '${jars}/*' io.temporal.testserver.TestServer "$@"`;
  writeFileSync(path, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
  return path;
}

/** Starts an environment. The caller must tear it down. Pass `client.dataConverter` to encrypt as the product does. */
export async function timeSkippingEnvironment(
  options: TimeSkippingTestWorkflowEnvironmentOptions = {},
): Promise<TestWorkflowEnvironment> {
  const found = findServer();
  if (!found) throw new Error('There is no time-skipping server here: wrap the tests in describeWithTimeSkipping.');
  const server = { executable: { type: 'existing-path', path: executable(found) } } as const;
  for (let attempt = 1; ; attempt++) {
    try {
      return await TestWorkflowEnvironment.createTimeSkipping({ ...options, server });
    } catch (error) {
      // The SDK waits 5 s for the server; on a busy machine the first start of Java may take longer.
      if (attempt === 3) throw error;
    }
  }
}
