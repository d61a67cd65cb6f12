/** The agent or the person on whose behalf the application acts, and how they proved who they are. */
import type { Person } from '../db/people';
import type { Key } from './configuration-cache';

export interface AgentCaller {
  key: Key;
}

export interface PersonCaller {
  person: Person;
  /** A browser sends a cookie by itself, so only a cookie can be used by another site in the person's name. */
  by: 'token' | 'cookie';
  expires_at_ms: number;
  /** Hash of the session cookie; null for a token. */
  session: string | null;
}

/** The channel that votes and audit entries name: a session is the dashboard, a token is the API. */
export const channelOf = ({ by }: Pick<PersonCaller, 'by'>) => (by === 'cookie' ? 'dashboard' : 'api');
