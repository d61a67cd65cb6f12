/**
 * The configuration in memory: agents, keys, permissions and the compiled policy, all of one version. It may be old. The
 * audit entry of a check returns the current version, and a check under an older one is evaluated again.
 */
import { configVersion, loadConfiguration } from '../db/configuration';
import type { Db } from '../db/pool';
import { AgentWardenError } from '../domain/errors';
import { matchesAgent } from '../domain/patterns';
import { BUILT_IN_POLICY, parsePolicy, type Permission, type Policy } from '../domain/policy';

export interface Key {
  id: string;
  hash: string;
  /** Ids, names, or patterns over either. */
  agents: string[];
  expires_at_ms: number | null;
}

export interface Agent {
  id: string;
  name: string;
  owner: string | null;
  status: 'active' | 'inactive';
}

export interface Configuration {
  version: number;
  policy: Policy;
  policy_version: number;
  agents: ReadonlyMap<string, Agent>;
  agents_by_name: ReadonlyMap<string, Agent>;
  keys: ReadonlyMap<string, Key>;
  permissions: ReadonlyMap<string, Permission[]>;
}

export interface ConfigurationCache {
  /** The configuration in memory, whatever its age; loads it when there is none yet. */
  cached(): Promise<Configuration>;
  /** The current configuration. */
  fresh(): Promise<Configuration>;
  /** A configuration of this version or a later one. */
  atLeast(version: number): Promise<Configuration>;
  /** The key with this hash in the current configuration; null when it is unknown, revoked or expired. */
  key(hash: string): Promise<Key | null>;
  /** Loads the current configuration in the background. */
  warm(): void;
}

export function createConfigurationCache(
  db: Db,
  now: () => number,
  onError: (error: unknown) => void,
): ConfigurationCache {
  let held: Configuration | null = null;
  let loading: Promise<Configuration> | null = null;

  const load = (): Promise<Configuration> => {
    loading ??= readConfiguration(db)
      .then((read) => (held = held !== null && held.version > read.version ? held : read))
      .finally(() => (loading = null));
    return loading;
  };

  const cached = async (): Promise<Configuration> => held ?? load();

  async function atLeast(version: number): Promise<Configuration> {
    // A load that was already running may return an older version.
    for (let tries = 0; tries < 3; tries++) {
      if (held !== null && held.version >= version) return held;
      await load();
    }
    if (held !== null && held.version >= version) return held;
    throw new AgentWardenError(
      'unavailable',
      'The configuration changes faster than it can be read. Try again in a moment.',
    );
  }

  const fresh = async (): Promise<Configuration> => atLeast(await configVersion(db));

  return {
    cached,
    atLeast,
    fresh,
    async key(hash) {
      return keyInForce(await fresh(), hash, now());
    },
    warm: () => void fresh().catch(onError),
  };
}

/** The end of one attempt: its result, or the version to which the configuration has moved meanwhile. */
export type Attempt<T> = { result: T } | { moved_to: number };

/** The configuration may change again during each attempt; constant changes end in 503. */
const MAX_ATTEMPTS = 5;

/**
 * Repeats `attempt` until the configuration that it used was still current when its audit entry was written. So a revoked
 * key or a tightened policy counts at once, on every replica. Throws `unavailable` after five attempts.
 */
export async function underCurrentConfiguration<T>(
  cache: Pick<ConfigurationCache, 'atLeast'>,
  first: Configuration,
  attempt: (configuration: Configuration) => Promise<Attempt<T>>,
): Promise<T> {
  let configuration = first;
  for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
    const outcome = await attempt(configuration);
    if ('result' in outcome) return outcome.result;
    configuration = await cache.atLeast(outcome.moved_to);
  }
  throw new AgentWardenError(
    'unavailable',
    'The configuration keeps changing, so no answer could be given under the current one. Try again in a moment.',
  );
}

export function keyInForce(configuration: Configuration, hash: string, now_ms: number): Key | null {
  const key = configuration.keys.get(hash);
  return key !== undefined && (key.expires_at_ms === null || now_ms < key.expires_at_ms) ? key : null;
}

/** Whether the key is for this agent. The agent may be deleted: the key can still read its approvals. */
export const isKeyFor = (key: Key, agent: Pick<Agent, 'id' | 'name'>): boolean => matchesAgent(key.agents, agent);

/** The agent by id, else by its unique name; null when there is none, or the key is not for it. */
export function agentFor(configuration: Configuration, key: Key, ref: string): Agent | null {
  const agent = configuration.agents.get(ref) ?? configuration.agents_by_name.get(ref);
  if (agent === undefined) return null;
  return isKeyFor(key, agent) ? agent : null;
}

export const agentNotFound = (ref: string): AgentWardenError =>
  new AgentWardenError('agent_not_found', `There is no agent ${JSON.stringify(ref)} that this key is for.`, {
    fix: `Create it with POST /api/agents {"name": ${JSON.stringify(ref)}, "id": ${JSON.stringify(ref)}}, or send the id of an existing agent that the key is for.`,
  });

async function readConfiguration(db: Db): Promise<Configuration> {
  const read = await loadConfiguration(db);
  const permissions = new Map<string, Permission[]>();
  for (const permission of read.permissions) {
    const list = permissions.get(permission.agent_id);
    if (list) list.push(permission);
    else permissions.set(permission.agent_id, [permission]);
  }
  return {
    version: read.version,
    policy: compile(read.policy),
    policy_version: read.policy.version,
    agents: new Map(read.agents.map((agent) => [agent.id, agent])),
    agents_by_name: new Map(read.agents.map((agent) => [agent.name, agent])),
    keys: new Map(read.keys.map((key) => [key.hash, key])),
    permissions,
  };
}

/** Throws when this build cannot read the published version. Falling back to another version could allow what it denies. */
function compile({ version, document }: { version: number; document: string | null }): Policy {
  if (document === null) return BUILT_IN_POLICY;
  const parsed = parsePolicy(document);
  if (parsed.ok) return parsed.policy;
  throw new AgentWardenError(
    'unavailable',
    `Policy version ${version} cannot be read by this version of the server. Correct it and publish it again.`,
    {
      errors: parsed.errors,
    },
  );
}
