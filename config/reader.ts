import { AgentWardenError, type Fault } from '../domain/errors';
import type { Environment, VariableName } from './variables';

/** Reads single variables and gathers what is wrong. Never puts a value into a message: it may be a secret. */
export class Reader {
  readonly faults: Fault[] = [];

  constructor(private readonly env: Environment) {}

  fault(name: VariableName, message: string): void {
    this.faults.push({ path: name, message });
  }

  missing(name: VariableName, example: string): string {
    if (!this.faults.some((fault) => fault.path === name)) this.fault(name, `is needed, such as ${example}`);
    return '';
  }

  /** Empty counts as not set: compose files and shells write empty strings for absent ones. */
  text(name: VariableName): string | undefined {
    return this.env[name]?.trim() || undefined;
  }

  matching(name: VariableName, pattern: RegExp, what: string): string | undefined {
    const value = this.text(name);
    if (value === undefined || pattern.test(value)) return value;
    this.fault(name, `must be ${what}`);
    return undefined;
  }

  oneOf(name: VariableName, choices: readonly string[]): string | undefined {
    const value = this.text(name)?.toLowerCase();
    if (value === undefined || choices.includes(value)) return value;
    this.fault(name, `must be one of ${choices.join(', ')}`);
    return undefined;
  }

  port(name: VariableName, otherwise: number): number {
    const value = this.text(name);
    if (value === undefined) return otherwise;
    if (/^\d{1,5}$/.test(value) && Number(value) <= 65535) return Number(value);
    this.fault(name, 'must be a number from 0 to 65535');
    return otherwise;
  }

  url(name: VariableName, protocols: string[]): string | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (URL.canParse(value) && protocols.includes(new URL(value).protocol)) return value;
    this.fault(name, `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`);
    return undefined;
  }

  list(name: VariableName, fits: (item: string) => boolean, what: string): string[] {
    const items = (this.text(name) ?? '')
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean);
    if (!items.every(fits)) this.fault(name, `must be a list, separated by commas, of which each is ${what}`);
    return items;
  }

  /** PEM text; in one line with `\n` for line ends where a shell or a file cannot hold several. */
  pem(name: VariableName): string | undefined {
    const value = this.text(name)?.replace(/\\n/g, '\n');
    if (value === undefined || value.startsWith('-----BEGIN ')) return value;
    this.fault(name, 'must be PEM text that begins with -----BEGIN');
    return undefined;
  }

  keys(name: VariableName): { kid: string; secret: Buffer }[] {
    const keys = (this.text(name) ?? '')
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean)
      .map((item) => {
        const [kid = '', encoded = '', ...more] = item.split(':');
        return { kid, secret: more.length ? Buffer.alloc(0) : Buffer.from(encoded, 'base64') };
      });
    const kids = new Set(keys.map((key) => key.kid));
    if (keys.some(({ kid, secret }) => !/^[A-Za-z0-9_-]{1,32}$/.test(kid) || secret.length !== 32))
      this.fault(name, 'must be kid:base64 pairs, separated by commas, each of 32 bytes (openssl rand -base64 32)');
    else if (kids.size !== keys.length) this.fault(name, 'names the same kid twice');
    return keys;
  }

  throwFaults(): void {
    if (!this.faults.length) return;
    const lines = this.faults.map((fault) => `${fault.path} ${fault.message}`);
    throw new AgentWardenError('invalid_request', `The settings cannot be used: ${lines.join('; ')}.`, {
      errors: this.faults,
    });
  }
}
