/** Writes files of the data folder: only our user may read them, and no reader ever sees a half-written one. */
import writeFileAtomic from 'write-file-atomic';

/** Flushed to the disk before it replaces the old file, so that a power cut cannot leave an empty keys.json. */
export const writePrivateFile = (file: string, text: string): void =>
  writeFileAtomic.sync(file, `${text}\n`, { mode: 0o600 });
