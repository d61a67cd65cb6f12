/** Temporal's own time-skipping test server, which runs on Java: thirty days pass in a second. */
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TestWorkflowEnvironment, type TimeSkippingTestWorkflowEnvironmentOptions } from '@temporalio/testing';
import { cacheFolder } from '../../cli/start/temporal-server';

const VERSION = '1.38.0';

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>agentwarden</groupId><artifactId>time-skipping</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>io.temporal</groupId><artifactId>temporal-test-server</artifactId><version>${VERSION}</version></dependency>
  </dependencies>
</project>
`;

/** Both are needed; a machine without them cannot skip time. */
function javaIsHere(): boolean {
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' });
    if (!existsSync(serverFolder())) execFileSync('mvn', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** `describe` for tests that need time skipping. Without Java they count as skipped, and a line says so. */
export function describeWithTimeSkipping(name: string, tests: () => void): void {
  if (javaIsHere()) return describe(name, tests);
  console.warn(`SKIPPED, because this machine has no Java (17 or later, with mvn): ${name}`);
  return describe.skip(name, tests);
}

const serverFolder = (): string => join(cacheFolder(process.env), `temporal-test-server-${VERSION}`);

/** The server's jars, brought once into the user's cache folder by Maven. */
async function fetchJars(): Promise<string> {
  const folder = serverFolder();
  if (existsSync(folder)) return folder;
  mkdirSync(cacheFolder(process.env), { recursive: true });
  const scratch = mkdtempSync(`${folder}-`);
  try {
    writeFileSync(join(scratch, 'pom.xml'), POM);
    console.error(`Fetching Temporal's time-skipping test server ${VERSION} with Maven (once, about a minute) …`);
    const copy = [
      '-q',
      '-B',
      '-f',
      join(scratch, 'pom.xml'),
      'dependency:copy-dependencies',
      `-DoutputDirectory=${join(scratch, 'jars')}`,
    ];
    await promisify(execFile)('mvn', copy, { timeout: 10 * 60_000 });
    if (!readdirSync(join(scratch, 'jars')).some((name) => name.startsWith('temporal-test-server')))
      throw new Error('Maven brought no test server');
    const script = join(scratch, 'test-server');
    writeFileSync(
      script,
      `#!/bin/sh\nexec java -XX:TieredStopAtLevel=1 -cp "$(dirname "$0")/jars/*" io.temporal.testserver.TestServer "$@"\n`,
    );
    chmodSync(script, 0o755);
    if (!existsSync(folder)) renameSync(scratch, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error; // another run was faster: its copy is as good
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return folder;
}

/** An environment of the caller's own, which must tear it down. Pass `client.dataConverter` to encrypt as the product does. */
export async function timeSkippingEnvironment(
  options: TimeSkippingTestWorkflowEnvironmentOptions = {},
): Promise<TestWorkflowEnvironment> {
  const path = join(await fetchJars(), 'test-server');
  return TestWorkflowEnvironment.createTimeSkipping({
    ...options,
    server: { executable: { type: 'existing-path', path } },
  });
}
