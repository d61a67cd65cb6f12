import { renameSync, writeFileSync } from 'node:fs';

/** Writes a file that is readable by us alone and that nobody ever sees half written. */
export function writeWhole(file: string, text: string): void {
  const beside = `${file}.new`;
  writeFileSync(beside, `${text}\n`, { mode: 0o600 });
  renameSync(beside, file);
}
