/** The messages that a laptop without mail, Slack or SMS would have sent. */
export interface OutboxMessage {
  id: string;
  at_ms: number;
  channel: string;
  to: string;
  subject: string | null;
  text: string;
}

export interface OutboxOptions {
  now_ms: number;
  timezone: string;
  /** Links that begin with this are made clickable; it is our own address. */
  public_url: string;
}

export const renderOutboxPage = (messages: readonly OutboxMessage[], options: OutboxOptions): string =>
  `${messages.length} ${options.public_url}`;
