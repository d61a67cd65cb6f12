import type { Fault } from '../../errors';
import { parsePolicy, type Policy } from '../../policy';

const lines = ({ path, line, message }: Fault): string => `${path}@${line}: ${message}`;

export const errorsOf = (text: string): string[] => {
  const parsed = parsePolicy(text);
  return parsed.ok ? [] : parsed.errors.map(lines);
};

export const warningsOf = (text: string): string[] => {
  const parsed = parsePolicy(text);
  if (!parsed.ok) throw new Error(parsed.errors.map(lines).join('\n'));
  return parsed.warnings.map(lines);
};

export const policyOf = (text: string): Policy => {
  const parsed = parsePolicy(text);
  if (!parsed.ok) throw new Error(parsed.errors.map(lines).join('\n'));
  return parsed.policy;
};

/** A policy whose only flow has these lines as its one level. */
export const withLevel = (level: string): string => `flows:
  f:
    levels:
      - { name: a, ${level} }
`;

/** A policy with one rule of these lines. */
export const withRule = (rule: string): string => `rules:
  - { id: r, action: x.y, ${rule} }
`;
