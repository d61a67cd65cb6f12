import { createHash } from 'node:crypto';

/** The one style sheet of the plain pages, inline in each. */
export const STYLE = '';

/** For `style-src` of the Content-Security-Policy: exactly this sheet and nothing else. */
export const styleSource = (): string => `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;
