/** Bodies and answers in the OpenAPI document, each with its example. */
import type { ZodMediaTypeObject, ZodContentObject } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { EXAMPLES } from './examples';

/** The example that stands for every HTML page. */
export const PAGE: ZodContentObject = {
  'text/html': { schema: z.string(), example: '<!doctype html><html lang="en">…</html>' },
};

/** A schema with a name shares its example between operations; `own` is the example of one operation. */
export function media(schema: z.ZodType, own?: unknown): ZodMediaTypeObject {
  const name = nameOf(schema);
  const example = own ?? EXAMPLES.get(schema)?.example;
  if (example === undefined) return { schema };
  return own === undefined && name !== undefined
    ? { schema, examples: { [name]: { $ref: `#/components/examples/${name}` } } }
    : { schema, example };
}

export const nameOf = (schema: z.ZodType): string | undefined => schema.meta()?.id;
