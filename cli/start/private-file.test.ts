import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writePrivateFile } from './private-file';

const folder = mkdtempSync(join(tmpdir(), 'agentwarden-private-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a reader that opened the file before it is replaced reads the old text to its end', () => {
  const file = join(folder, 'api.pid');
  writePrivateFile(file, 'the old text');
  const reader = openSync(file, 'r');
  try {
    writePrivateFile(file, 'new');
    expect(readFileSync(reader, 'utf8')).toBe('the old text\n');
  } finally {
    closeSync(reader);
  }
  expect(readFileSync(file, 'utf8')).toBe('new\n');
  expect(readdirSync(folder)).toEqual(['api.pid']);
});

test('no other user may read the file', () => {
  const file = join(folder, 'keys.json');
  writePrivateFile(file, 'secret');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});
