import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataFolder } from './data-folder';
import { identify, isRunning } from './process-identity';

jest.mock('./process-identity', () => {
  const real: object = jest.requireActual('./process-identity');
  return { ...real, isRunning: jest.fn((real as { isRunning: unknown }).isRunning as typeof isRunning) };
});

const DEAD = JSON.stringify({ pid: process.pid, started: 'another time' });
const OTHER = JSON.stringify(identify(process.ppid));
const REFUSED = `(process ${process.ppid})`;

let folder: DataFolder;
beforeEach(() => {
  folder = new DataFolder(mkdtempSync(join(tmpdir(), 'agentwarden-lock-')));
});
afterEach(() => rmSync(folder.path, { recursive: true }));

const locks = () => readdirSync(folder.path).filter((name) => name.startsWith('lock'));

test('who finds that another took the folder over since the look leaves it to them', () => {
  writeFileSync(folder.file('lock'), DEAD);
  jest.mocked(isRunning).mockImplementationOnce(() => {
    writeFileSync(folder.file('lock'), OTHER);
    return false;
  });
  expect(() => folder.lock()).toThrow(REFUSED);
  expect(locks()).toEqual(['lock']);
});

test('only one at a time takes a folder over', () => {
  writeFileSync(folder.file('lock'), DEAD);
  writeFileSync(folder.file('lock.dead'), OTHER);
  expect(() => folder.lock()).toThrow(REFUSED);
});

test('who died while they took it over holds nobody up', () => {
  for (const name of ['lock', 'lock.dead', 'lock.dead.dead']) writeFileSync(folder.file(name), DEAD);
  folder.lock();
  expect(locks()).toEqual(['lock']);
  expect(() => folder.lock()).toThrow(`(process ${process.pid})`);
});

test('a holder that ends between the look and the reading is no error', () => {
  // To linking, a link that leads nowhere is there; to reading it is gone.
  symlinkSync(folder.file('gone'), folder.file('lock'));
  folder.lock();
  expect(locks()).toEqual(['lock']);
});
