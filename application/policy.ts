/** Policies: the refusal of a document with mistakes. */
import { AgentWardenError, type Fault } from '../domain/errors';

export const invalidPolicy = (errors: Fault[]): AgentWardenError => {
  const [first] = errors;
  const where = first === undefined ? '' : `: ${first.path} ${first.message.replace(/\.$/, '')}`;
  return new AgentWardenError(
    'policy_invalid',
    `The policy has ${errors.length} ${errors.length === 1 ? 'mistake' : 'mistakes'}${where}. Nothing was published; the version before stays in force.`,
    { errors },
  );
};
