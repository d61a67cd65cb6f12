/** A permission as a request gives one and as an answer shows one. */
import { z } from 'zod';
import { actionPatternFault } from '../../domain/patterns';
import { EFFECTS } from '../../domain/policy';
import { EXAMPLES, STORY } from '../http/examples';
import { AgentRef, Id, text } from '../http/schemas';

const Pattern = text(128)
  .min(1)
  .superRefine((pattern, context) => {
    const fault = actionPatternFault(pattern);
    if (fault !== null) context.addIssue({ code: 'custom', message: fault });
  });
const MaxAmount = z.number().min(0).nullish();
const Flow = text(120).min(1).nullish();

const TEXTS = {
  action: 'An action, or a pattern such as `refund.*`; the most specific pattern of an agent applies.',
  effect: '`allow`, `deny`, or `require_approval`: people are asked.',
  requires_approval: 'The same as `effect`, for two of its values: true is `require_approval`, false is `allow`.',
  max_amount: 'A check whose `context.amount` is larger is denied. Null: no limit.',
  flow: 'Name of the flow of the policy that asks the people. Null: the first rule that matches, else the defaults, name it.',
};

export const OfAgent = z.object({ agent_id: AgentRef });
export const PermissionParams = z.object({
  agent_id: AgentRef,
  id: Id.meta({ description: "The permission's id, `prm_…`.", example: STORY.permission_id }),
});

export const PermissionSchema = z
  .object({
    id: z.string().describe('Permission id, `prm_…`.'),
    agent_id: z.string().describe('Id of the agent that has the permission.'),
    action: z.string().describe(TEXTS.action),
    effect: z.enum(EFFECTS).describe(TEXTS.effect),
    requires_approval: z.boolean().describe('True when `effect` is `require_approval`.'),
    max_amount: z.number().nullable().describe(TEXTS.max_amount),
    flow: z.string().nullable().describe(TEXTS.flow),
  })
  .meta({ id: 'Permission', description: 'A rule for one agent, looked at before the rules of the policy.' })
  .register(EXAMPLES, {
    example: {
      id: STORY.permission_id,
      agent_id: STORY.agent_id,
      action: 'refund.*',
      effect: 'require_approval',
      requires_approval: true,
      max_amount: 5000,
      flow: 'refund',
    },
  });

export const NewPermission = z
  .strictObject({
    action: Pattern.describe(TEXTS.action),
    requires_approval: z.boolean().optional().describe(`${TEXTS.requires_approval} Give this or \`effect\`.`),
    effect: z.enum(EFFECTS).optional().describe(`${TEXTS.effect} Give this or \`requires_approval\`.`),
    flow: Flow.describe(TEXTS.flow),
    max_amount: MaxAmount.describe(TEXTS.max_amount),
  })
  .refine(({ effect, requires_approval }) => effect !== undefined || requires_approval !== undefined, {
    path: ['requires_approval'],
    error: 'is missing: true asks people, false allows',
  })
  .meta({ id: 'NewPermission', description: 'The permission of an agent for an action pattern.' })
  .register(EXAMPLES, { example: { action: 'refund.*', requires_approval: true, flow: 'refund', max_amount: 5000 } });

export const PermissionChanges = z
  .strictObject({
    action: Pattern.optional().describe(TEXTS.action),
    requires_approval: z.boolean().optional().describe(TEXTS.requires_approval),
    effect: z.enum(EFFECTS).optional().describe(TEXTS.effect),
    flow: Flow.describe(TEXTS.flow),
    max_amount: MaxAmount.describe(TEXTS.max_amount),
  })
  .meta({ id: 'PermissionChanges', description: 'What to change of a permission. A field that is absent stays.' })
  .register(EXAMPLES, { example: { max_amount: 2000 } });
