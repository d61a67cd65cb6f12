/** What `agentwarden start` tells when it is ready. The names are those of its JSON line. */
export interface Welcome {
  url: string;
  login_url: string;
  /** A bearer token of the admin, good for twelve hours. */
  user_token: string;
  agent_id: string;
  agent_key: string;
  data_dir: string;
}

export const DEMO_ACTION = 'demo.deploy';

const sample = (agent: string): string =>
  JSON.stringify({ agent_id: agent, action: DEMO_ACTION, context: { service: 'shop', version: 'v2.1.0' } });

/** For a person at a terminal: where to go, and a request to paste. */
export function welcomeText(
  { url, login_url, agent_id, agent_key, data_dir }: Welcome,
  facts: { adminEmail: string; outbox: boolean },
): string {
  return `
AgentWarden is ready at ${url}    (Ctrl-C stops it)

  Sign in as ${facts.adminEmail}, with this link, once:
    ${login_url}
  For another one, in the project’s folder: npx agentwarden login-link ${facts.adminEmail}
  Agent ${agent_id}, with the key:
    ${agent_key}
  Let it ask for something that a person must approve:
    curl -s ${url}/sdk/check -H 'X-API-Key: ${agent_key}' -H 'Content-Type: application/json' \\
      -d '${sample(agent_id)}'
  ${facts.outbox ? `No mail server is configured, so the mail to the admin lands on ${url}/outbox` : 'The admin gets a mail with a link to decide.'}

  Data and logs: ${data_dir}
`;
}
