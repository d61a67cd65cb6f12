import { deflateRawSync } from 'node:zlib';
import { readZipEntry } from './zip';

/** A ZIP archive of these files, after PKWARE's APPNOTE, without checksums, which we do not read. */
function zip(files: { name: string; data: Buffer; deflate: boolean }[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, data, deflate } of files) {
    const packed = deflate ? deflateRawSync(data) : data;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    local.writeUInt16LE(3, 28);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(deflate ? 8 : 0, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(data.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(at, 42);
    directory.push(entry, Buffer.from(name));
    const file = Buffer.concat([local, Buffer.from(name), Buffer.from('ext'), packed]);
    parts.push(file);
    at += file.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

const archive = zip([
  { name: 'METADATA', data: Buffer.from('stored'), deflate: false },
  { name: 'scripts/temporal', data: Buffer.alloc(5000, 'x'), deflate: true },
]);

test('finds stored and deflated files by name', () => {
  expect(readZipEntry(archive, 'METADATA').toString()).toBe('stored');
  expect(readZipEntry(archive, 'scripts/temporal')).toEqual(Buffer.alloc(5000, 'x'));
});

test('says when a file is not there, or when it is no archive', () => {
  expect(() => readZipEntry(archive, 'other')).toThrow('no file other');
  expect(() => readZipEntry(archive.subarray(0, archive.length - 30), 'METADATA')).toThrow(
    'not a ZIP archive, or a cut one',
  );
});
