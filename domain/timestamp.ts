/** Times as the JSON of the API and of webhooks writes them. */

/** RFC 3339, in UTC, with milliseconds. */
export const timestamp = (at_ms: number): string => new Date(at_ms).toISOString();

export const timestampOrNull = (at_ms: number | null): string | null => (at_ms === null ? null : timestamp(at_ms));
