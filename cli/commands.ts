/** The commands of `agentwarden`. docs/reference/commands.md is generated from this file, which is why it is not main.ts. */
import { Command } from 'commander';
import type { CommandContext } from './settings';

/** Loads the code of a command when it runs, so that no command waits for the code of another. */
const load = {
  run: () => require('./start/run') as typeof import('./start/run'),
  migrate: () => require('./migrate') as typeof import('./migrate'),
  people: () => require('./people') as typeof import('./people'),
  keys: () => require('./keys') as typeof import('./keys'),
  policy: () => require('./policy') as typeof import('./policy'),
  audit: () => require('./audit') as typeof import('./audit'),
  projection: () => require('./projection') as typeof import('./projection'),
  slack: () => require('./slack') as typeof import('./slack'),
  doctor: () => require('./doctor') as typeof import('./doctor'),
};

export interface Terminal {
  /** Prints results to standard output. */
  print: (text: string) => void;
  /** Prints progress and errors to standard error. */
  say: (line: string) => void;
  version: string;
}

/** A command that reports a fault (`doctor`, `audit verify`, `policy validate`) sets the exit code. A command that fails rejects. */
export function program(context: CommandContext, { print, say, version }: Terminal): Command {
  const agentwarden = new Command('agentwarden')
    .description('Durable human approvals for software agents')
    .version(version)
    .showHelpAfterError();

  agentwarden
    .command('start')
    .description('run everything on this machine: Postgres, Temporal, API and worker')
    .option(
      '--json',
      'print one line of JSON when ready (url, login_url, user_token, agent_id, agent_key, data_dir); everything else goes to stderr',
    )
    .action(async (options: { json?: boolean }) => {
      await load.run().runStart({ ...context, json: !!options.json, say, print });
    });

  agentwarden
    .command('migrate')
    .description('migrate the database to the current schema (needs DATABASE_MIGRATION_URL)')
    .action(async () => print(await load.migrate().runMigrate(context)));

  agentwarden
    .command('login-link <email>')
    .description('print a one-time login link for a person')
    .action(async (email: string) => print(await load.people().loginLink(context, email)));

  agentwarden
    .command('token <email>')
    .description('print a bearer token (JWT) of a person, valid for one hour')
    .action(async (email: string) => print(await load.people().userToken(context, email)));

  addKeys(agentwarden, context, print);
  addPolicy(agentwarden, context, print);

  agentwarden
    .command('audit')
    .description('the audit chain')
    .command('verify')
    .description('verify every entry of the chain; exit code 1 at the first bad one')
    .action(async () => {
      const { text, ok } = await load.audit().verify(context);
      print(text);
      if (!ok) process.exitCode = 1;
    });

  agentwarden
    .command('projection')
    .description('the tables behind lists and statistics')
    .command('rebuild')
    .description('restore missing approvals and votes from the audit')
    .action(async () => print(await load.projection().rebuild(context)));

  agentwarden
    .command('slack')
    .description('the Slack channel')
    .command('test <channel>')
    .description('send a test message to a Slack user id or #channel')
    .action(async (channel: string) => print(await load.slack().sendTest(context, channel)));

  agentwarden
    .command('doctor')
    .description('report what is configured and what is missing')
    .action(async () => {
      const { text, ok } = await load.doctor().examine(context);
      print(text);
      if (!ok) process.exitCode = 1;
    });

  return agentwarden;
}

function addKeys(agentwarden: Command, context: CommandContext, print: Terminal['print']): void {
  const keys = agentwarden.command('keys').description('API keys of agents');
  keys
    .command('create')
    .description('create a key and print it; it is never shown again')
    .option('--name <name>', 'purpose of the key', '')
    .option('--agent <id...>', 'agents (ids or patterns) that may use the key; default: all')
    .action(async (options: { name: string; agent?: string[] }) =>
      print(await load.keys().createOneKey(context, options)),
    );
  keys
    .command('list')
    .description('list the keys, without their secret part')
    .action(async () => print(await load.keys().listAllKeys(context)));
  keys
    .command('revoke <id>')
    .description('revoke a key; it stops working at once')
    .action(async (id: string) => print(await load.keys().revokeOneKey(context, id)));
}

function addPolicy(agentwarden: Command, context: CommandContext, print: Terminal['print']): void {
  const policy = agentwarden.command('policy').description('the policy: who must approve what');
  policy
    .command('validate <file>')
    .description('list every fault of a policy file, with its line')
    .action(async (file: string) => {
      const { text, ok } = load.policy().validate(file);
      print(text);
      if (!ok) process.exitCode = 1;
    });
  policy
    .command('apply <file>')
    .description('publish a policy file as the next version')
    .option('--note <text>', 'why it changed')
    .action(async (file: string, options: { note?: string }) =>
      print(await load.policy().apply(context, file, options.note)),
    );
}
