/** Reports whether Postgres, Temporal and the workers can be reached now. */
import { isReachable } from '../db/pool';
import type { Deps } from './deps';

/** Postgres gets this long to answer. */
const LIMIT_MS = 2_000;

export async function readiness(
  deps: Pick<Deps, 'db' | 'engine'>,
): Promise<{ postgres: boolean; temporal: boolean; worker: boolean }> {
  const [postgres, engine] = await Promise.all([postgresAnswers(deps), deps.engine.health()]);
  return { postgres, ...engine };
}

function postgresAnswers({ db }: Pick<Deps, 'db'>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), LIMIT_MS)));
  return Promise.race([isReachable(db), late]).finally(() => clearTimeout(timer));
}
