/**
 * Renders text messages. They inform and carry the link; nobody decides in them. Providers charge per segment: 160 characters of the GSM
 * alphabet, or 70 once any other character occurs. So the context is left out when it is long.
 */
import type { Delivery } from '../domain/approval';
import { AgentWardenError } from '../domain/errors';
import { linesOf } from './context';
import { outcomeSentence } from './status-text';
import { PRODUCT, RISK_WORDS, sms } from './texts';
import { moment } from './times';
import type { ApprovalView } from './view';

/** The message contains the whole context if it fits into this many segments. Otherwise it only counts the fields. */
const SEGMENTS_WITH_CONTEXT = 3;
/** Carriers take 1,600 characters at most. */
const CHARACTERS_MAX = 1_600;
const NAME_MAX = 40;

const GSM = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\[~\]|€]*$/;
/** These count as two characters. */
const GSM_TWICE = /[\^{}\\[~\]|€]/g;

export function segments(text: string): number {
  const gsm = GSM.test(text);
  const length = text.length + (gsm ? (text.match(GSM_TWICE)?.length ?? 0) : 0);
  const [single, joined] = gsm ? [160, 153] : [70, 67];
  return length <= single ? 1 : Math.ceil(length / joined);
}

/** Replaces our markers and typographic signs with GSM characters, because one other character more than doubles the price. */
const plain = (text: string): string =>
  text
    .replaceAll('⟦', '[')
    .replaceAll('⟧', ']')
    .replace(/[“”]/g, '"')
    .replace(/[‘’]/g, "'")
    .replaceAll('…', '...')
    .replaceAll('·', '-')
    .replaceAll('›', '/');

function shortName(name: string): string {
  const characters = [...name];
  return characters.length <= NAME_MAX ? name : `${characters.slice(0, NAME_MAX - 1).join('')}…`;
}

/** Text that phones turn into links. Only our own link may be one. */
const LINKISH = /:\/\/|www\.|[\p{L}\d-]\.\p{L}{2,}|@|\+?\d[\d ()-]{6,}/u;

/** All fields in one line. Null: a value is long or suspicious, or could pass for a link or for our own words. */
function contextLine(view: ApprovalView): string | null {
  if (view.context.warnings.length > 0) return null;
  const lines = linesOf(view.context.fields).map(({ path, value }) => `${path}=${value}`);
  return lines.some((line) => LINKISH.test(line) || /[\n⟦]|[.:!?;]\s/.test(line) || line.length > 48)
    ? null
    : lines.join(', ');
}

function opening(view: ApprovalView, kind: Delivery['kind']): string {
  const what = `${view.action} (${shortName(view.agent)})`;
  if (kind === 'outcome') return `${outcomeSentence(view)} ${what}`;
  if (kind === 'alert') return sms.alert(what);
  return kind === 'reminder' ? sms.reminder(what) : sms.request(what);
}

function closing(view: ApprovalView, kind: Delivery['kind']): string[] {
  if (kind === 'outcome') return [];
  const until = sms.until(moment(view.until_ms, view.now_ms, view.reviewer.timezone));
  return [`${RISK_WORDS[view.risk]}.`, until, kind === 'alert' ? sms.see : sms.review];
}

/** Throws `invalid_request` if even the shortest text with this link is too long. A cut link would not work. */
export function renderSms(view: ApprovalView, link: string, kind: Delivery['kind']): string {
  const fields = contextLine(view);
  const count = view.context.count;
  const hidden = kind === 'outcome' ? [] : [sms.behind(count)];
  const compose = (context: string[]): string =>
    plain([`${PRODUCT}:`, opening(view, kind), ...context, ...closing(view, kind)].join(' ')) + `\n${link}`;
  const full = fields === null || fields === '' || kind === 'outcome' ? null : compose([sms.with(fields)]);
  const text = full !== null && segments(full) <= SEGMENTS_WITH_CONTEXT ? full : compose(hidden);
  if (text.length <= CHARACTERS_MAX) return text;
  throw new AgentWardenError(
    'invalid_request',
    `The text message would have ${text.length} characters; at most ${CHARACTERS_MAX} can be sent. Nothing was sent. The link is too long: use a shorter PUBLIC_URL.`,
  );
}
