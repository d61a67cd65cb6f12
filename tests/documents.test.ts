/** Documents name only files, webhook types and metrics that exist, and each webhook type is sent by some code. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTelemetry } from '../application/telemetry';
import type { ApprovalEvent } from '../domain/approval';
import { WEBHOOK_TYPES, type WebhookType } from '../domain/webhook-events';

const root = join(__dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const documents = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' })
  .trim()
  .split('\n')
  .filter((file) => existsSync(join(root, file)));

/** Paths in backticks, from the root: `domain/errors.ts`, `docs/decisions/`. */
const pathsIn = (file: string): string[] =>
  [...read(file).matchAll(/`([\w.-]+\/[\w./-]*)`/g)]
    .map(([, path]) => path!)
    .filter((path) =>
      /^(activities|api|application|bench|cli|config|db|docs|domain|encryption|rendering|scripts|sdk|tests|workflows)\//.test(
        path,
      ),
    );

test.each(documents)('%s names files that exist', (file) => {
  const exists = (path: string): boolean => existsSync(join(root, path)) || existsSync(join(root, `${path}.ts`));
  expect(pathsIn(file).filter((path) => !exists(path))).toEqual([]);
});

test('the guide to webhooks names each type', () => {
  const guide = read('docs/guides/webhooks.md');
  expect(WEBHOOK_TYPES.filter((type) => !guide.includes(`\`${type}\``))).toEqual([]);
});

/** The file that sends each type. The workflow's own events are sent when they are recorded. */
const SENDERS: Record<Exclude<WebhookType, ApprovalEvent['type']>, string> = {
  'approval.consumed': 'application/consume.ts',
  'approval.revoked': 'application/revoke.ts',
  'check.denied': 'application/webhook-events.ts',
};

test.each(Object.entries(SENDERS))('webhooks of the type %s are sent by %s', (type, file) => {
  expect(read(file)).toContain(`'${type}'`);
});

test('the guide to operating names each metric', async () => {
  const guide = read('docs/guides/deploy.md');
  const text = await createTelemetry(() => 0).text();
  const own = [...text.matchAll(/^# TYPE (agentwarden_(?!process_|nodejs_)\w+)/gm)].map(([, name]) => name!);
  expect(own.length).toBeGreaterThan(3);
  expect(own.filter((name) => !guide.includes(`\`${name}\``))).toEqual([]);
});
