/** What there is to type. Kept apart from main.ts so that the reference can be generated from it. */
import { Command } from 'commander';
import type { CommandContext } from './settings';

/** Each command's code is loaded when it runs, so that the others need not wait for it. */
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
  /** Results, to standard output. */
  print: (text: string) => void;
  /** Progress and complaints, to standard error. */
  say: (line: string) => void;
  version: string;
}

/** A command that finds something wrong sets the exit code; one that cannot do its work rejects. */
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
    .description('bring the database up to date (needs DATABASE_MIGRATION_URL)')
    .action(async () => print(await load.migrate().runMigrate(context)));

  agentwarden
    .command('login-link <email>')
    .description('print a one-time link that signs this person in')
    .action(async (email: string) => print(await load.people().loginLink(context, email)));

  agentwarden
    .command('token <email>')
    .description('print a bearer token (JWT) of this person, good for one hour')
    .action(async (email: string) => print(await load.people().userToken(context, email)));

  addKeys(agentwarden, context, print);
  addPolicy(agentwarden, context, print);

  agentwarden
    .command('audit')
    .description('the audit chain')
    .command('verify')
    .description('check every entry and every link of the chain; exit 1 at the first bad one')
    .action(async () => {
      const { text, ok } = await load.audit().verify(context);
      print(text);
      if (!ok) process.exitCode = 1;
    });

  agentwarden
    .command('projection')
    .description('the tables that lists and metrics read')
    .command('rebuild')
    .description('write, from the audit, the approvals and votes that are missing')
    .action(async () => print(await load.projection().rebuild(context)));

  agentwarden
    .command('slack')
    .description('the Slack channel')
    .command('test <channel>')
    .description('send a test message to a Slack user id or #channel')
    .action(async (channel: string) => print(await load.slack().sendTest(context, channel)));

  agentwarden
    .command('doctor')
    .description('tell what is configured and what is missing')
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
    .description('make a key and print it; it is shown this once')
    .option('--name <name>', 'what it is for', '')
    .option('--agent <id...>', 'agents (ids or patterns) that may use it; default: all')
    .action(async (options: { name: string; agent?: string[] }) =>
      print(await load.keys().createKey(context, options)),
    );
  keys
    .command('list')
    .description('list the keys, without their secret part')
    .action(async () => print(await load.keys().listAllKeys(context)));
  keys
    .command('revoke <id>')
    .description('make a key useless at once')
    .action(async (id: string) => print(await load.keys().revokeOneKey(context, id)));
}

function addPolicy(agentwarden: Command, context: CommandContext, print: Terminal['print']): void {
  const policy = agentwarden.command('policy').description('who must approve what');
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
