import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOutbox, OUTBOX_KEPT } from './outbox';

describe('the outbox', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'agentwarden-outbox-'))));
  afterEach(() => rm(folder, { recursive: true }));

  const send = (delivery_id: string) =>
    createOutbox(folder).send({ channel: 'sms', delivery_id, to: '+14155550100', thread: null, text: 'decide' });

  test('keeps the newest messages and lets the oldest go', async () => {
    for (let n = 0; n < OUTBOX_KEPT; n++) {
      await send(`dlv_${n}`);
      await utimes(join(folder, `dlv_${n}.json`), n + 1, n + 1);
    }
    expect(await readdir(folder)).toHaveLength(OUTBOX_KEPT);
    await send('dlv_new');
    const kept = await readdir(folder);
    expect(kept).toHaveLength(OUTBOX_KEPT);
    expect(kept).toEqual(expect.arrayContaining(['dlv_new.json', 'dlv_1.json']));
    expect(kept).not.toContain('dlv_0.json');
  });

  test('holds a message that is sent again once', async () => {
    expect(await send('dlv_a')).toBe('outbox:dlv_a');
    await send('dlv_a');
    expect(await readdir(folder)).toEqual(['dlv_a.json']);
  });
});
