/** The contract of the channels that reach people: the message, its carrier, and the error of a message that was not sent. */
import type { Config } from '../config';
import type { Delivery, PersonalChannel } from '../domain/approval';
import type { ApprovalView } from '../rendering/view';

/** The address of a message: the same for the carriers of all channels. */
export interface Envelope {
  channel: PersonalChannel;
  delivery_id: string;
  /** An address of the channel: an email address, a phone number, a Slack user id, or a shared channel such as `#refunds`. */
  to: string;
  /** The provider's id of the first message in the thread, as `send` returned it. Null: this message starts the thread. */
  thread: string | null;
}

/** The part of the content that the outbox can show for every channel. */
export interface Content {
  text: string;
  subject?: string;
  html?: string;
}

/** A complete message, ready to send. */
export type Message<C extends Content = Content> = Envelope & C;

/** Hands the messages of one channel to its provider. */
export interface Carrier<C extends Content = Content> {
  /** Returns the provider's id of the message. Throws only `DeliveryError`. */
  send(message: Message<C>): Promise<string>;
  close?(): void;
}

export type Carriers = Record<PersonalChannel, Carrier>;

/** All that the product needs to reach people on one channel. */
export interface ChannelModule<C extends Content = Content> {
  render(view: ApprovalView, link: string, kind: Delivery['kind']): C;
  /** Null if the channel is not configured. */
  createCarrier(config: Config): Carrier<C> | null;
  /** For `agentwarden doctor`: how the channel is configured, and the settings that configure it. */
  describe(config: Config): { how: string; settings: string };
}

/**
 * The message did not go out. People see `code`, and the delivery stores it. So it is a name of ours: a provider's own
 * error text may quote an address or a link.
 */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';

  constructor(
    readonly code: string,
    /** Another attempt cannot help, so the person's next channel is tried at once. */
    readonly final: boolean,
    /** The delay that the provider asked for. */
    readonly retry_after_ms: number | null = null,
  ) {
    super(code);
  }
}
