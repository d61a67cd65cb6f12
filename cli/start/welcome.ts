/** The data that `agentwarden start` prints when it is ready. The field names are those of `--json`. */
export interface Welcome {
  url: string;
  login_url: string;
  /** A bearer token of the admin, valid for twelve hours. */
  user_token: string;
  agent_id: string;
  agent_key: string;
  data_dir: string;
}

export const DEMO_ACTION = 'demo.deploy';

const sample = (agent: string): string =>
  JSON.stringify({ agent_id: agent, action: DEMO_ACTION, context: { service: 'shop', version: 'v2.1.0' } });

/** For a terminal: the address, the login link, and a request to paste. */
export function welcomeText(
  { url, login_url, agent_id, agent_key, data_dir }: Welcome,
  facts: { adminEmail: string; outbox: boolean },
): string {
  return `
AgentWarden is ready at ${url}    (Ctrl-C stops it)

  Sign in as ${facts.adminEmail} with this link, which works once:
    ${login_url}
  For another link, run in the project folder: npx agentwarden login-link ${facts.adminEmail}
  Key of the agent ${agent_id}:
    ${agent_key}
  As this agent, ask for an action that a person must approve:
    curl -s ${url}/sdk/check -H 'X-API-Key: ${agent_key}' -H 'Content-Type: application/json' \\
      -d '${sample(agent_id)}'
  ${facts.outbox ? `No mail server is configured, so the admin's email appears at ${url}/outbox` : 'The admin gets an email with a link to decide.'}

  Data and logs: ${data_dir}
`;
}
