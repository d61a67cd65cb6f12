import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hydrateLinks } from './postgres-server';
import { firstClosedFolder } from './postgres-user';

const stranger = { uid: 54321, gid: 54321 };
let top: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'agentwarden-closed-'));
  chmodSync(top, 0o755);
  mkdirSync(join(top, 'a/b'), { recursive: true });
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

test('the folder that a stranger may not pass is named, also behind a link', () => {
  expect(firstClosedFolder(join(top, 'a/b'), stranger)).toBeNull();
  chmodSync(join(top, 'a'), 0o700);
  expect(firstClosedFolder(join(top, 'a/b'), stranger)).toBe(join(top, 'a'));
  symlinkSync(join(top, 'a/b'), join(top, 'link'));
  expect(firstClosedFolder(join(top, 'link'), stranger)).toBe(join(top, 'a'));
});

test('owner and group have bits of their own', () => {
  const mine = { uid: process.getuid!(), gid: process.getgid!() };
  chmodSync(join(top, 'a'), 0o100);
  expect(firstClosedFolder(join(top, 'a/b'), mine)).toBeNull();
  chmodSync(join(top, 'a'), 0o011); // the path ends here, because an ordinary user could not look further
  expect(firstClosedFolder(join(top, 'a'), mine)).toBe(join(top, 'a'));
  expect(firstClosedFolder(join(top, 'a'), { uid: stranger.uid, gid: mine.gid })).toBeNull();
});

test('an ordinary user runs the server itself, so no folder is checked', () => {
  expect(firstClosedFolder(join(top, 'a/b'), {})).toBeNull();
});

test('creates the links that a blocked install script left out; a second time it changes nothing', () => {
  mkdirSync(join(top, 'native/lib'), { recursive: true });
  writeFileSync(join(top, 'native/lib/libpq.so.5.18'), 'library');
  writeFileSync(
    join(top, 'native/pg-symlinks.json'),
    JSON.stringify([{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }]),
  );
  hydrateLinks(top);
  hydrateLinks(top);
  expect(readFileSync(join(top, 'native/lib/libpq.so.5'), 'utf8')).toBe('library');
  expect(existsSync(join(top, 'native/lib/libpq.so'))).toBe(false);
});
