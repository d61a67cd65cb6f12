/** `agentwarden slack test` */
import { createSlack } from '../activities/slack';
import { DeliveryError } from '../activities/carrier';
import { loadConfig } from '../config';
import { newId } from '../db/ids';
import { settingsOf, type CommandContext } from './settings';

/** Sends a test message: it shows that token, scopes and channel membership are right before an approval needs them. */
export async function sendTest(context: CommandContext, to: string): Promise<string> {
  const { slack } = loadConfig(settingsOf(context));
  if (!slack.botToken)
    throw new Error('Slack is not configured: set SLACK_BOT_TOKEN to the bot token of your Slack app.');
  const text = 'AgentWarden can reach you here. You need not do anything.';
  try {
    const ref = await createSlack({ botToken: slack.botToken, apiUrl: slack.apiUrl }).send({
      channel: 'slack',
      delivery_id: newId('dlv'),
      to,
      text,
      blocks: [],
      thread: null,
    });
    return `Sent to ${to} (${ref}).`;
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    throw new Error(
      `Slack refused the message to ${to}: ${error.code}. Check that the token has the scope chat:write and that the app is in the channel.`,
      { cause: error },
    );
  }
}
