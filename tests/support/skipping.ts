/** Tests that need a program which this machine may lack: without it they count as skipped, and a line says so. */

/** `describe`, or without the program `describe.skip`. */
export function describeOnlyWith(program: string, found: boolean, name: string, tests: () => void): void {
  if (found) return describe(name, tests);
  console.warn(`SKIPPED, because this machine has no ${program} (npm test installs it): ${name}`);
  return describe.skip(name, tests);
}
