// Reads the reports of jest and pytest: how many tests passed and failed, and the names of those that were skipped.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** The result of a run that wrote no report, because it failed before its first test. */
export const NOT_RUN = { passed: 0, failed: 1, skipped: [] };

/** A run that fails without a failed test, by a crash for example, counts as one failure. */
const atLeastOne = (result, code) => (code !== 0 && result.failed === 0 ? { ...result, failed: 1 } : result);

export function jestResult(root, report, code) {
  if (!existsSync(report)) return NOT_RUN;
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, testResults } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  const skipped = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'pending')
      .map(({ fullName }) => `${relative(root, name)}: ${fullName}`),
  );
  return atLeastOne({ passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites, skipped }, code);
}

export function pytestResult(report, code) {
  if (!existsSync(report)) return NOT_RUN;
  const xml = readFileSync(report, 'utf8');
  const suite = /<testsuite [^>]*>/.exec(xml)?.[0] ?? '';
  const count = (name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = count('failures') + count('errors');
  const skipped = [...xml.matchAll(/<testcase classname="([^"]*)" name="([^"]*)"[^>]*><skipped/g)].map(
    ([, file, name]) => `${file}: ${name}`,
  );
  return atLeastOne({ passed: count('tests') - failed - count('skipped'), failed, skipped }, code);
}

/** Lists all Python tests as skipped. Reads the names from the sources, because without Python pytest cannot collect them. */
export function pytestSkipped(root) {
  const files = ['sdk/python/tests', 'examples'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => /^test_\w+\.py$/.test(name))
      .map((name) => join(folder, name)),
  );
  const skipped = files.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/^ *def (test_\w+)/gm)].map(([, name]) => `${file}: ${name}`),
  );
  return { passed: 0, failed: 0, skipped };
}
