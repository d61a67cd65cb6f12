/** An agent key as a request gives one and as an answer shows one. */
import { z } from 'zod';
import { EXAMPLES, STORY } from '../http/examples';
import { AgentPatterns, Instant, idParams, text } from '../http/schemas';

export const KeyParams = idParams("The key's id, `key_…`.", STORY.key_id);

const fields = {
  id: z.string().describe('Key id, `key_…`.'),
  prefix: z.string().describe('The first nine characters of the key, to recognise it by.'),
  agents: z
    .array(z.string())
    .describe('The agents that may use it: ids, names, or patterns such as `deploy-*`; `*` is all.'),
  expires_at: Instant.nullable().describe('When it stops working, RFC 3339 in UTC. Null: never.'),
  name: z.string().describe('What the key is for. Empty without a name.'),
};
const example = {
  id: STORY.key_id,
  prefix: 'aw_7Fq2Lx',
  agents: [STORY.agent_id],
  expires_at: null,
  name: 'Support bot in production',
};

export const KeySchema = z
  .object({
    ...fields,
    created_at: Instant.describe('When it was created, RFC 3339 in UTC.'),
    created_by: z.string().describe('User id of the admin who created it, or `system`.'),
  })
  .meta({ id: 'Key', description: 'An agent key without the key itself, which only its holder has.' })
  .register(EXAMPLES, { example: { ...example, created_at: '2026-11-20T09:05:00.000Z', created_by: STORY.ada.id } });

export const NewKeySchema = z
  .object({
    ...fields,
    key: z.string().describe('The key: `aw_` and 38 letters and digits. Keep it secret; it cannot be read again.'),
  })
  .meta({ id: 'MadeKey', description: 'A new key. Only this answer shows it.' })
  .register(EXAMPLES, { example: { ...example, key: 'aw_7Fq2LxExampleKeyThatWorksNowhere00000000' } });

export const NewKey = z
  .strictObject({
    name: text(120).nullish().describe('What the key is for, at most 120 characters. Null or absent: empty.'),
    agents: AgentPatterns.optional().describe(
      'The agents that may use it: ids, names, or patterns such as `deploy-*`. Absent: all agents.',
    ),
    expires_at: Instant.nullish().describe('When it stops working, RFC 3339, in the future. Null or absent: never.'),
  })
  .meta({ id: 'NewKey', description: 'An agent key to create.' })
  .register(EXAMPLES, { example: { name: 'Support bot in production', agents: [STORY.agent_id] } });
