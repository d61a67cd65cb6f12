/** `agentwarden policy validate` and `agentwarden policy apply` */
import { readFileSync } from 'node:fs';
import { appendAudit } from '../db/audit';
import { currentPolicy, publishPolicy } from '../db/policy';
import { inTransaction } from '../db/pool';
import { SYSTEM_ACTORS } from '../domain/approval';
import type { Fault } from '../domain/errors';
import { parsePolicy } from '../domain/policy';
import { withDatabase, type CommandContext } from './settings';

/** A fault as `file:line: error path: message`; editors jump to such lines. */
const show = (file: string, kind: string, { line, path, message }: Fault): string =>
  `${file}${line ? `:${line}` : ''}: ${kind}${path ? ` ${path}:` : ':'} ${message}`;

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`The file ${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`, { cause: error });
  }
}

export function validate(file: string): { ok: boolean; text: string } {
  const parsed = parsePolicy(read(file));
  if (!parsed.ok) return { ok: false, text: parsed.errors.map((fault) => show(file, 'error', fault)).join('\n') };
  return {
    ok: true,
    text: [...parsed.warnings.map((fault) => show(file, 'warning', fault)), `${file} is a valid policy.`].join('\n'),
  };
}

/** Publishes the next version. A policy with a fault is refused and changes nothing. */
export async function apply(context: CommandContext, file: string, note?: string): Promise<string> {
  const document = read(file);
  const { ok, text } = validate(file);
  if (!ok) throw new Error(`The policy was not published; the current one stays in force:\n${text}`);
  return withDatabase(context, async (db) => {
    const version = await inTransaction(db, async (trx) => {
      const expected_version = (await currentPolicy(trx))?.version ?? 0;
      const published = await publishPolicy(trx, {
        document,
        note: note ?? null,
        published_by: 'system',
        expected_version,
      });
      await appendAudit(trx, [
        { type: 'policy.published', actor: SYSTEM_ACTORS.cli, policy_version: published.version },
      ]);
      return published.version;
    });
    return `${text}\nPublished as version ${version}.`;
  });
}
