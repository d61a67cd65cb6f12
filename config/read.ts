/** Parses an environment by the table of settings. */
import { AgentWardenError, type Fault } from '../domain/errors';
import { GROUPS, SETTINGS, type Setting, type SettingName, type Settings } from './settings';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Throws `invalid_request` with every fault at once, so that one start shows all that must be fixed. */
export function readSettings(env: Environment): Settings {
  // Empty counts as not set: compose files and shells write empty strings for variables without a value.
  const valueOf = (name: string): string | undefined => env[name]?.trim() || undefined;
  const faults: Fault[] = [];
  const settings: Record<string, unknown> = {};
  for (const [name, { parser }] of Object.entries<Setting>(SETTINGS)) {
    const parsed = parser.safeParse(valueOf(name));
    settings[name] = parsed.data;
    for (const { message } of parsed.error?.issues ?? []) faults.push({ path: name, message });
  }
  for (const { names, missing } of GROUPS)
    if (names.some(valueOf))
      faults.push(...names.filter((name) => !valueOf(name)).map((name) => ({ path: name, message: missing })));
  if (faults.length) throw refuse(faults);
  return settings as Settings;
}

/** Whether the text is a value of this setting. */
export const fits = (name: SettingName, value: string | undefined): boolean =>
  SETTINGS[name].parser.safeParse(value).success;

function refuse(faults: Fault[]): AgentWardenError {
  const lines = faults.map(({ path, message }) => `${path} ${message}`);
  return new AgentWardenError('invalid_request', `The settings cannot be used: ${lines.join('; ')}.`, {
    errors: faults,
  });
}
