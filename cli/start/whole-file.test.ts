import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeWhole } from './whole-file';

const folder = mkdtempSync(join(tmpdir(), 'agentwarden-whole-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('whoever reads while a file is written anew reads the old text to its end, never a part of the new one', () => {
  const file = join(folder, 'api.pid');
  writeWhole(file, 'the old text');
  const reader = openSync(file, 'r');
  try {
    writeWhole(file, 'new');
    expect(readFileSync(reader, 'utf8')).toBe('the old text\n');
  } finally {
    closeSync(reader);
  }
  expect(readFileSync(file, 'utf8')).toBe('new\n');
  expect(readdirSync(folder)).toEqual(['api.pid']);
});

test('nobody else may read it', () => {
  const file = join(folder, 'keys.json');
  writeWhole(file, 'secret');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});
