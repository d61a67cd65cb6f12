/** The ways to a person, all of one shape: what the sending activity gives them, and how they say that it failed. */

/** A message that is ready to leave. */
export type Message =
  | {
      channel: 'email';
      delivery_id: string;
      to: string;
      subject: string;
      html: string;
      text: string;
      /** Message-ID of the first mail of the thread that this one belongs to; null: it begins one. */
      thread: string | null;
    }
  | { channel: 'sms'; delivery_id: string; to: string; text: string }
  | {
      channel: 'slack';
      delivery_id: string;
      /** A Slack user id, or a channel such as `#refunds`. */
      to: string;
      text: string;
      blocks: unknown[];
      /** What `send` answered for the first message of the thread. */
      thread: string | null;
    };

export type MessageOf<C extends Message['channel']> = Extract<Message, { channel: C }>;

export interface Carrier<C extends Message['channel']> {
  /** Resolves to the provider's own name of the message; throws `DeliveryError` and nothing else. */
  send(message: MessageOf<C>): Promise<string>;
  close?(): void;
}

export type Carriers = { [C in Message['channel']]: Carrier<C> };

/**
 * Thrown when a message did not go out. `code` is shown to people and kept in the deliveries: it names what happened and
 * never an address, a link or the provider's own words, which may quote both.
 */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';

  constructor(
    readonly code: string,
    /** Trying again cannot help: the person's next channel is tried at once. */
    readonly final: boolean,
    /** What the provider asked us to wait, in milliseconds. */
    readonly retry_after_ms: number | null = null,
  ) {
    super(code);
  }
}
