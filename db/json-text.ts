import type { ColumnType } from 'kysely';

/**
 * A `json` column: read as a value, written as text that the writer made with JSON.stringify (or canonically). The driver
 * would turn an array into a Postgres array and pass a string through as it is; so nobody hands it a value.
 */
export type JsonText<T> = ColumnType<T, string, string>;
