/** Skips tests that need a program which this machine does not have, and prints a line that says so. */

/** `describe` if the program was found, else `describe.skip`. */
export function describeOnlyWith(program: string, found: boolean, name: string, tests: () => void): void {
  if (found) return describe(name, tests);
  console.warn(`SKIPPED, because this machine has no ${program} (npm test installs it): ${name}`);
  return describe.skip(name, tests);
}
