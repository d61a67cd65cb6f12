import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { releaseLock, takeLock } from './lock';
import { identify, isRunning } from './process-identity';

jest.mock('./process-identity', () => {
  const real: object = jest.requireActual('./process-identity');
  return { ...real, isRunning: jest.fn((real as { isRunning: unknown }).isRunning as typeof isRunning) };
});

const DEAD = JSON.stringify({ pid: process.pid, started: 'another time' });
const OURS = identify(process.pid);
const OTHER = identify(process.ppid);

let folder: string;
let lock: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentwarden-lock-'));
  lock = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('belongs to one process until that releases it', () => {
  expect(takeLock(lock)).toBeNull();
  expect(takeLock(lock)).toEqual(OURS);
  releaseLock(lock);
  expect(readdirSync(folder)).toEqual([]);
  expect(takeLock(lock)).toBeNull();
});

test('a start that finds a dead holder leaves the lock to another start that took it meanwhile', () => {
  writeFileSync(lock, DEAD);
  jest.mocked(isRunning).mockImplementationOnce(() => {
    writeFileSync(lock, JSON.stringify(OTHER));
    return false;
  });
  expect(takeLock(lock)).toEqual(OTHER);
  expect(readdirSync(folder)).toEqual(['lock']);
});

test('only one start at a time removes a dead lock', () => {
  writeFileSync(lock, DEAD);
  writeFileSync(`${lock}.dead`, JSON.stringify(OTHER));
  expect(takeLock(lock)).toEqual(OTHER);
});

test('a start that died while it removed a dead lock blocks no other start', () => {
  for (const name of ['lock', 'lock.dead', 'lock.dead.dead']) writeFileSync(join(folder, name), DEAD);
  expect(takeLock(lock)).toBeNull();
  expect(readdirSync(folder)).toEqual(['lock']);
  expect(takeLock(lock)).toEqual(OURS);
});

test('a holder that ends between the link and the read is no error', () => {
  // A symbolic link to nothing: it exists for link(2) and is gone for open(2).
  symlinkSync(join(folder, 'gone'), lock);
  expect(takeLock(lock)).toBeNull();
  expect(readdirSync(folder)).toEqual(['lock']);
});
