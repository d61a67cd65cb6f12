/** `agentwarden start` in the foreground: signals, log lines, and what is printed when it is ready. */
import type { Environment } from '../../config';
import { createLog } from '../../log';
import { start } from './start';
import { welcomeText } from './welcome';

export interface RunStartOptions {
  env: Environment;
  project: string;
  json: boolean;
  say: (line: string) => void;
  print: (text: string) => void;
}

/** After this time a second Ctrl-C kills. Before, it is the same key press, which both the terminal and npm pass on. */
const IMPATIENT_AFTER_MS = 2000;

/** Runs until a signal, then exits the process. */
export async function runStart({ env, project, json, say, print }: RunStartOptions): Promise<void> {
  process.umask(0o077); // no other user may read the data folder
  const stop = new AbortController();
  const terminal = !json && process.stdout.isTTY;
  // Without a terminal our lines go to stderr beside the logs of API and worker, so they have the same form.
  const log = createLog('start', 'info', { write: (line) => say(line.trimEnd()) });
  const report = terminal ? say : (line: string): void => log.info(line);
  let asked_ms = 0;
  const onSignal = (): void => {
    if (asked_ms && Date.now() - asked_ms > IMPATIENT_AFTER_MS) process.exit(1); // the guards end the servers
    if (!asked_ms) report('Stopping …');
    asked_ms ||= Date.now();
    stop.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);

  try {
    const started = await start({ env, project, quiet: terminal, say: report }, stop.signal);
    if (!stop.signal.aborted) {
      if (json) print(JSON.stringify(started.welcome));
      else if (terminal) print(welcomeText(started.welcome, started.facts));
      // No secrets here: this output may end up in a log. A terminal and --json show them.
      else
        print(
          `AgentWarden is ready at ${started.welcome.url}; "agentwarden login-link ${started.facts.adminEmail}" prints a link to sign in.`,
        );
      await new Promise((resolve) => stop.signal.addEventListener('abort', resolve));
    }
    await started.stop();
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  }
  process.exit(0);
}
