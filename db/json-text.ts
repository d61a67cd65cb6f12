/** The type of `json` columns, for the generated schema. */
import type { ColumnType } from 'kysely';

/**
 * Read as a value, written as JSON text. The driver would turn an array into a Postgres array and would not quote a
 * string, so that a value must never be handed to it.
 */
export type JsonText<T> = ColumnType<T, string, string>;
