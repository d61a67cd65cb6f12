/** Text messages: they tell and carry the link; nobody decides in them. */
import type { Send } from '../domain/approval';
import type { ApprovalView } from './view';

/** At most 10 segments with any link that we make; throws `invalid_request` when the link itself is too long. */
export const renderSms = (view: ApprovalView, link: string, kind: Send['kind']): string =>
  `AgentWarden: ${kind} ${view.action} ${link}`;
