import type { Actor } from './glossary';

/** Who acts where no person or agent does, as the audit names them. Their ids stay: published chains hold them. */
export const SYSTEM_ACTORS = {
  /** An approval by itself: its clock, its counting. */
  approval: { type: 'system', id: 'agentwarden' },
  /** Somebody who ended the approval's workflow with Temporal's own means. */
  temporal: { type: 'system', id: 'temporal' },
  /** What ends approvals of an agent that was switched off, where whoever did that could not. */
  suspension: { type: 'system', id: 'suspension' },
  /** `agentwarden start`, and the first start of an API. */
  start: { type: 'system', id: 'start' },
  /** Whoever may use the other commands of `agentwarden`. */
  cli: { type: 'system', id: 'cli' },
} as const satisfies Record<string, Actor>;
