import { createSlack } from '../activities/slack';
import { DeliveryError } from '../activities/carrier';
import { loadConfig } from '../config';
import { newId } from '../db/ids';
import { settingsOf, type CommandContext } from './settings';

/** Sends one harmless message, so that token, scopes and membership are known to be right before an approval needs them. */
export async function sendTest(context: CommandContext, to: string): Promise<string> {
  const { slack } = loadConfig(settingsOf(context));
  if (!slack.botToken)
    throw new Error('Slack is not configured: set SLACK_BOT_TOKEN to the bot token of your Slack app.');
  const text = 'AgentWarden can reach you here. Nothing needs to be done.';
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
      `Slack did not take the message to ${to}: ${error.code}. Check the token's scopes (chat:write) and that the app is in the channel.`,
      { cause: error },
    );
  }
}
