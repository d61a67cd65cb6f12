/** An agent as a request gives one and as an answer shows one. */
import { z } from 'zod';
import { EXAMPLES, STORY } from '../http/examples';
import { AgentRef, Identity, Instant, Name, NewAgentId, prose } from '../http/schemas';

const TEXTS = {
  name: 'A unique name, 1 to 120 characters. It is accepted wherever an id is, and people see it.',
  description: 'What the agent does, at most 2000 characters.',
  status: '`inactive`: every check is denied, no grant can be consumed, and pending approvals are cancelled.',
};
const Status = z.enum(['active', 'inactive']);

/** Null clears it. */
const Description = prose(2000)
  .nullable()
  .transform((value) => value ?? '');

export const AgentParams = z.object({ agent_id: AgentRef });

export const AgentSchema = z
  .object({
    id: z.string().describe('Id of the agent, as it was given or as `agt_…`. It never changes.'),
    name: z.string().describe(TEXTS.name),
    description: z.string().describe(`${TEXTS.description} Empty without one.`),
    owner: z.string().nullable().describe('User id of the person who answers for the agent, `usr_…`. Null: nobody.'),
    status: Status.describe(TEXTS.status),
    created_at: Instant.describe('When it was created, RFC 3339 in UTC.'),
    created_by: z.string().describe('User id of the admin who created it, or `system`.'),
  })
  .meta({ id: 'Agent', description: 'A program that asks before it acts.' })
  .register(EXAMPLES, {
    example: {
      id: STORY.agent_id,
      name: 'Support bot',
      description: 'Refunds orders that never arrived.',
      owner: STORY.ada.id,
      status: 'active',
      created_at: '2026-11-20T09:00:00.000Z',
      created_by: STORY.ada.id,
    },
  });

export const NewAgent = z
  .strictObject({
    name: Name.describe(TEXTS.name),
    id: NewAgentId.optional().describe(
      'Id of the agent. It can never be changed or given again. Absent: the server makes one, `agt_…`.',
    ),
    description: Description.optional().describe(`${TEXTS.description} Null or absent: none.`),
    owner: Identity.nullish().describe(
      'The person who answers for the agent: email address or user id. Null or absent: nobody.',
    ),
  })
  .meta({ id: 'NewAgent', description: 'An agent to create.' })
  .register(EXAMPLES, {
    example: {
      name: 'Support bot',
      id: STORY.agent_id,
      description: 'Refunds orders that never arrived.',
      owner: 'ada@acme.example',
    },
  });

export const AgentFields = z
  .strictObject({
    name: Name.describe(TEXTS.name),
    description: Description.default('').describe(`${TEXTS.description} Null or absent: none.`),
    owner: Identity.nullable()
      .default(null)
      .describe('The person who answers for the agent: email address or user id. Null or absent: nobody.'),
    status: Status.default('active').describe(TEXTS.status),
  })
  .meta({ id: 'AgentFields', description: 'All fields of an agent that can change; an absent field gets its default.' })
  .register(EXAMPLES, { example: { name: 'Support bot', owner: STORY.ada.id } });

export const AgentChanges = z
  .strictObject({
    name: Name.optional().describe(TEXTS.name),
    description: Description.optional().describe(`${TEXTS.description} Null clears it.`),
    owner: Identity.nullish().describe('The person who answers for the agent: email address or user id. Null: nobody.'),
    status: Status.optional().describe(TEXTS.status),
  })
  .meta({ id: 'AgentChanges', description: 'What to change of an agent. A field that is absent stays.' })
  .register(EXAMPLES, { example: { status: 'inactive' } });
