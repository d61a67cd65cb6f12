import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extractEntry } from './zip';

/** Created by Python's `zipfile`: METADATA is stored, scripts/temporal (5000 times "x") is deflated. */
const ARCHIVE = Buffer.from(
  'UEsDBBQAAAAAAAAAIVwL+UNWBgAAAAYAAAAIAAAATUVUQURBVEFzdG9yZWRQSwMEFAAAAAgAAAAhXCbw2wAWAAAAiBMAABAAAABzY3JpcHRzL3Rl' +
    'bXBvcmFs7cExAQAAAMKg2otvCj+gAAAAAIC3AVBLAQIUAxQAAAAAAAAAIVwL+UNWBgAAAAYAAAAIAAAAAAAAAAAAAACAAQAAAABNRVRBREFUQVBL' +
    'AQIUAxQAAAAIAAAAIVwm8NsAFgAAAIgTAAAQAAAAAAAAAAAAAACAASwAAABzY3JpcHRzL3RlbXBvcmFsUEsFBgAAAAACAAIAdAAAAHAAAAAAAA==',
  'base64',
);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentwarden-zip-'));
  writeFileSync(join(folder, 'whole.whl'), ARCHIVE);
  writeFileSync(join(folder, 'cut.whl'), ARCHIVE.subarray(0, ARCHIVE.length - 30));
});
afterAll(() => rmSync(folder, { recursive: true }));

const extract = (archive: string, name: string) =>
  extractEntry(join(folder, archive), name, join(folder, 'target')).then(() => readFileSync(join(folder, 'target')));

test('extracts stored and deflated files by name', async () => {
  expect((await extract('whole.whl', 'METADATA')).toString()).toBe('stored');
  expect(await extract('whole.whl', 'scripts/temporal')).toEqual(Buffer.alloc(5000, 'x'));
});

test('rejects when the file is not in the archive, and when the archive is cut', async () => {
  rmSync(join(folder, 'target'), { force: true });
  await expect(extract('whole.whl', 'other')).rejects.toThrow('the archive has no file other');
  await expect(extract('cut.whl', 'METADATA')).rejects.toThrow('End of central directory record signature not found');
  expect(existsSync(join(folder, 'target'))).toBe(false);
});
