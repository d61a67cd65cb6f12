/** Pages around signing in, and the page that only says something. */
export interface LoginRequest {
  action_url: string;
  /** The answer is the same for every address, known or not. */
  sent?: boolean;
  error?: string;
  /** Hidden field `return_to`. */
  return_to?: string;
}

/** Asks for an `email` and posts it. */
export const renderLoginRequestPage = (request: LoginRequest): string => request.action_url;

/** The one button behind a login link: opening the link changes nothing. */
export const renderLoginLinkPage = (form: { action_url: string; nonce?: string }): string => form.action_url;

export interface Message {
  title: string;
  /** What happened, whether anything was lost, what to do. Each line is a paragraph. */
  body: string;
  /** HTTP status, shown small for errors. */
  status?: number;
  /** A way on: label and address of our own. */
  next?: { label: string; url: string };
}

export const renderMessagePage = (message: Message): string => message.title;
