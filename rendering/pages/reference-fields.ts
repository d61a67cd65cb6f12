/** The fields of a schema of the OpenAPI document, for people: name, type, whether it is required, what it means. */
import { html, type HtmlValue, type Markup } from '../html';

/** As much of a JSON schema as the contract uses. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  enum?: unknown[];
  additionalProperties?: boolean | Schema;
  format?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
  default?: unknown;
}

/** Names in backticks stand out. */
export const prose = (text: string | undefined): HtmlValue =>
  text?.split('`').map((part, at) => (at % 2 ? html`<span class="mono">${part}</span>` : part));

const listed = (items: HtmlValue[], word: string): HtmlValue =>
  items.map((item, at) => [at === 0 ? '' : at === items.length - 1 ? ` ${word} ` : ', ', item]);

const mono = (value: unknown): Markup =>
  html`<span class="mono">${typeof value === 'string' ? value : JSON.stringify(value)}</span>`;

/** `string or null`, `array of Fault`, `date-time`. The name of a schema is a link to it. */
export function typeOf(schema: Schema): HtmlValue {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1)!;
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  if (schema.anyOf) return listed(schema.anyOf.map(typeOf), 'or');
  if (schema.enum) return listed(schema.enum.map(mono), 'or');
  const types = [schema.type ?? 'anything'].flat();
  return listed(
    types.map((type) =>
      type === 'array' && schema.items
        ? ['array of ', typeOf(schema.items)]
        : (type !== 'null' && schema.format) || type,
    ),
    'or',
  );
}

const range = (least: number | undefined, most: number | undefined, what: string): string | null =>
  least === undefined && most === undefined
    ? null
    : least === undefined
      ? `at most ${most}${what}`
      : most === undefined
        ? `at least ${least}${what}`
        : `${least} to ${most}${what}`;

/** What a value must keep to, in words. */
function limitsOf({
  minimum,
  maximum,
  minLength,
  maxLength,
  minItems,
  maxItems,
  pattern,
  default: standard,
}: Schema): HtmlValue[] {
  const limits: (HtmlValue | null)[] = [
    range(minimum, maximum, ''),
    range(minLength, maxLength, ' characters'),
    range(minItems, maxItems, ' items'),
    pattern === undefined ? null : html`pattern ${mono(pattern)}`,
    standard === undefined ? null : html`default ${mono(standard)}`,
  ];
  return limits.filter((limit) => limit !== null);
}

/** The schema whose fields are shown under a field: of an object, of the items of an array, of the values of a map. */
function innerOf(schema: Schema): Schema | null {
  if (schema.properties) return schema;
  if (schema.items) return innerOf(schema.items);
  return typeof schema.additionalProperties === 'object' ? innerOf(schema.additionalProperties) : null;
}

export function fieldRow(name: string, schema: Schema, note: string | null): Markup {
  const inner = innerOf(schema);
  const said = [note, ...limitsOf(schema)].filter((part) => part !== null);
  return html`<div class="f ${inner ? 'in' : 'long'}">
    <dt><span class="mono">${name}</span></dt>
    <dd>
      <p>
        <span class="dim">${typeOf(schema)}${said.map((part) => [' · ', part])}</span><br />${prose(schema.description)}
      </p>
      ${inner && fieldList(inner)}
    </dd>
  </div>`;
}

export function fieldList({ properties = {}, required = [] }: Schema): HtmlValue {
  const rows = Object.entries(properties);
  if (rows.length === 0) return null;
  return html`<dl>
    ${rows.map(([name, schema]) => fieldRow(name, schema, required.includes(name) ? null : 'optional'))}
  </dl>`;
}
