/** `agentwarden policy validate` and `agentwarden policy apply` */
import { readFileSync } from 'node:fs';
import { currentPolicy, publishPolicy } from '../application/policy';
import type { Fault } from '../domain/errors';
import { parsePolicy } from '../domain/policy';
import { OPERATOR, withDatabase, type CommandContext } from './settings';

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
  return withDatabase(context, async (deps) => {
    const expected_version = (await currentPolicy(deps.db))?.version ?? 0;
    const { version } = await publishPolicy(deps, OPERATOR, { document, note: note ?? null, expected_version });
    return `${text}\nPublished as version ${version}.`;
  });
}
