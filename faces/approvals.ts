/** Pages of a signed-in person: one approval, and the list of what waits. */
import type { ApprovalStatus, Risk } from '../domain/approval';
import type { Reader } from './view';
import type { ApprovalView } from './view';

/** The vote form posts as the link page does, plus `level` when there are several; the cancel and revoke forms post `reason` and `nonce`. */
export interface ApprovalForms {
  action_url: string;
  nonce: string;
  /** Names of open levels where this person may vote now; empty: no vote form. */
  levels: string[];
  /** Set for those who may cancel while it is pending. */
  cancel_url?: string;
  /** Set for those who may revoke while the grant is unused. */
  revoke_url?: string;
  error?: string;
  comment?: string;
}

export const renderApprovalPage = (view: ApprovalView, forms: ApprovalForms): string => `${view.action} ${forms.nonce}`;

export interface ListedApproval {
  url: string;
  agent: string;
  action: string;
  risk: Risk;
  status: ApprovalStatus;
  created_at_ms: number;
  until_ms: number;
  /** The level at which the reader is asked, when they are. */
  level: string | null;
}

export interface ListOptions {
  reader: Reader;
  now_ms: number;
  /** Where the next page is; null at the end. */
  next: string | null;
  /** Posts `nonce`: signs out. Absent: no button. */
  sign_out?: { action_url: string; nonce: string };
}

export const renderApprovalList = (items: readonly ListedApproval[], options: ListOptions): string =>
  `${items.length} ${options.next}`;
