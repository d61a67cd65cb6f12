/** Creates the first admin and the demo agent of a new deployment. If somebody removes one, a later start does not create it again. */
import { createAgent, findAgent } from '../db/agents';
import { createKey } from '../db/keys';
import { createPerson, findPerson } from '../db/people';
import { setPermission } from '../db/permissions';
import { SYSTEM_ACTORS } from '../domain/approval';
import { AgentWardenError } from '../domain/errors';
import { createAgentKey } from '../encryption/agent-key';
import { auditedChange, type Author } from './audited-change';
import type { Deps } from './deps';

const START: Author = { actor: SYSTEM_ACTORS.start };

/** Number of the advisory lock, different from every other in this database. */
const FIRST_ADMIN_LOCK = 4_178_090_452;

/**
 * Returns the id of the person with the address `ADMIN_EMAIL`; creates an admin when nobody has it. An admin who became
 * inactive or lost the role stays so. Several processes may start at once: the lock lets one of them create the person.
 */
export function ensureFirstAdmin(deps: Pick<Deps, 'db' | 'now'>, email: string): Promise<string> {
  return auditedChange(deps, START, async (trx) => {
    const known = await findPerson(trx, email);
    if (known) return { result: known.id, note: null };
    await trx.selectNoFrom((eb) => eb.fn('pg_advisory_xact_lock', [eb.lit(FIRST_ADMIN_LOCK)]).as('locked')).execute();
    const createdMeanwhile = await findPerson(trx, email);
    if (createdMeanwhile) return { result: createdMeanwhile.id, note: null };
    const roles = ['admin'];
    const { id } = await createPerson(
      trx,
      { name: email.split('@')[0]!, emails: [email], roles, channels: ['email'] },
      'system',
    );
    return { result: id, note: { type: 'user.created', data: { user_id: id, roles } } };
  });
}

export interface DemoAgent {
  id: string;
  /** The action that the agent may request; each request needs an approval. */
  action: string;
  /** The same seed gives the same key at each start. */
  key_seed: Uint8Array;
}

/** Returns the key of the demo agent. */
export async function ensureDemoAgent(deps: Pick<Deps, 'db' | 'now'>, demo: DemoAgent): Promise<string> {
  const { key, prefix, hash } = createAgentKey(demo.key_seed);
  await createKey(deps.db, { name: 'demo', prefix, hash, agents: ['*'], created_by: 'system' });
  if (!(await findAgent(deps.db, demo.id))) await createDemoAgent(deps, demo);
  return key;
}

/** Creates the agent and its permission together and only once, so that later changes of the permission stay. */
async function createDemoAgent(deps: Pick<Deps, 'db' | 'now'>, { id, action }: DemoAgent): Promise<void> {
  const agent = { id, name: id, description: 'Created at the first start, for first steps', created_by: 'system' };
  const permission = { agent_id: id, action, effect: 'require_approval', flow: null, max_amount: null } as const;
  try {
    await auditedChange(deps, START, async (trx) => {
      await createAgent(trx, agent);
      await setPermission(trx, permission);
      return { result: undefined, note: { type: 'agent.created', agent_id: id, data: { name: id } } };
    });
  } catch (error) {
    // The id of a deleted agent stays taken.
    if (!(error instanceof AgentWardenError && error.code === 'identity_taken')) throw error;
  }
}
