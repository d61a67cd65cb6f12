/** The contract of the carriers: the message that each one sends, and the error that it throws when the message did not go out. */

/** A complete message, ready to send. */
export type Message =
  | {
      channel: 'email';
      delivery_id: string;
      to: string;
      subject: string;
      html: string;
      text: string;
      /** Message-ID of the first email in the thread. Null: this email starts the thread. */
      thread: string | null;
    }
  | { channel: 'sms'; delivery_id: string; to: string; text: string }
  | {
      channel: 'slack';
      delivery_id: string;
      /** A Slack user id, or a shared channel such as `#refunds`. */
      to: string;
      text: string;
      blocks: unknown[];
      /** What `send` returned for the first message in the thread. Null: this message starts the thread. */
      thread: string | null;
    };

export type MessageOf<C extends Message['channel']> = Extract<Message, { channel: C }>;

/** Hands the messages of one channel to its provider. */
export interface Carrier<C extends Message['channel']> {
  /** Returns the provider's id of the message. Throws only `DeliveryError`. */
  send(message: MessageOf<C>): Promise<string>;
  close?(): void;
}

export type Carriers = { [C in Message['channel']]: Carrier<C> };

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
