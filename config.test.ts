import { loadConfig, type Environment } from './config';
import { defaultOf, SETTINGS } from './config/settings';
import { AgentWardenError } from './domain/errors';
import { derivedPayloadKeys } from './encryption/keys';

const key = (fill: number): string => Buffer.alloc(32, fill).toString('base64');
const least: Environment = { DATABASE_URL: 'postgres://app:pw@db:5432/warden', SECRET_KEYS: `k1:${key(1)}` };

function faultsOf(env: Environment): Record<string, string> {
  try {
    loadConfig({ ...least, ...env });
  } catch (error) {
    if (!(error instanceof AgentWardenError)) throw error;
    return Object.fromEntries((error.facts.errors ?? []).map((fault) => [fault.path, fault.message]));
  }
  return {};
}

test('a database and a secret key are all that a process needs', () => {
  const config = loadConfig(least);
  expect(config).toMatchObject({
    host: '127.0.0.1',
    port: 8080,
    publicUrl: 'http://127.0.0.1:8080',
    databaseUrl: least.DATABASE_URL,
    databaseMigrationUrl: '',
    temporal: { address: '127.0.0.1:7233', namespace: 'default', taskQueue: 'agentwarden' },
    adminEmail: 'admin@localhost',
    mail: { from: 'AgentWarden <agentwarden@localhost>' },
    webhookAllowHosts: [],
    trustedProxies: [],
    logLevel: 'info',
  });
  expect(config.temporal.tls).toBeUndefined();
  expect(config.outboxDir).toBeUndefined();
});

test('every fault is reported at once, with its name and without its value', () => {
  const faults = faultsOf({
    PORT: 'http',
    DATABASE_URL: 'mysql://hunter2@x',
    LOG_LEVEL: 'loud',
    SECRET_KEYS: 'k1:c2hvcnQ=',
  });
  expect(Object.keys(faults).sort()).toEqual(['DATABASE_URL', 'LOG_LEVEL', 'PORT', 'SECRET_KEYS']);
  expect(JSON.stringify(faults)).not.toMatch(/hunter2|c2hvcnQ/);
});

test('without a database or keys it refuses to start and says how to create them', () => {
  const faults = faultsOf({ DATABASE_URL: undefined, SECRET_KEYS: '' });
  expect(faults.DATABASE_URL).toContain('is required');
  expect(faults.SECRET_KEYS).toContain('openssl rand');
});

test.each([
  ['PORT', '65536'],
  ['PORT', '-1'],
  ['PUBLIC_URL', 'warden.example'],
  ['PUBLIC_URL', 'javascript:alert(1)'],
  ['TRUSTED_PROXIES', '10.0.0.0/33'],
  ['TRUSTED_PROXIES', '10.0.0.0/8/8'],
  ['TRUSTED_PROXIES', 'proxy.example'],
  ['TEMPORAL_ADDRESS', 'http://temporal:7233'],
  ['TEMPORAL_TLS', 'yes'],
  ['TEMPORAL_TLS_SERVER_CA_CERT_DATA', '/etc/ca.pem'],
  ['SECRET_KEYS', `k1:${key(1)},k1:${key(2)}`],
  ['SECRET_KEYS', `k 1:${key(1)}`],
  ['SECRET_KEYS', `k1:${key(1)}:x`],
  ['PAYLOAD_KEYS', 'nonsense'],
  ['ADMIN_EMAIL', 'admin'],
  ['SMTP_URL', 'http://mail'],
  ['MAIL_FROM', 'nobody'],
  ['SLACK_BOT_TOKEN', 'token'],
  ['SLACK_API_URL', 'slack'],
  ['TWILIO_ACCOUNT_SID', 'XX1'],
  ['TWILIO_FROM', '0123'],
  ['WEBHOOK_ALLOW_HOSTS', 'http://localhost:9000'],
  ['METRICS_TOKEN', 'short'],
])('%s refuses %j', (name, value) => {
  expect(faultsOf({ [name]: value })).toHaveProperty(name);
});

test('a certificate without its key is refused, and one with its key switches TLS on', () => {
  const pem = '-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----';
  expect(faultsOf({ TEMPORAL_TLS_CLIENT_CERT_DATA: pem })).toHaveProperty('TEMPORAL_TLS_CLIENT_KEY_DATA');
  const { tls } = loadConfig({
    ...least,
    TEMPORAL_TLS_CLIENT_CERT_DATA: pem,
    TEMPORAL_TLS_CLIENT_KEY_DATA: pem,
  }).temporal;
  expect(tls?.cert).toContain('\nAAAA\n');
});

test('an API key or TEMPORAL_TLS=true switches TLS on', () => {
  expect(loadConfig({ ...least, TEMPORAL_API_KEY: 'x' }).temporal.tls).toBeDefined();
  expect(loadConfig({ ...least, TEMPORAL_TLS: 'true' }).temporal.tls).toBeDefined();
  expect(loadConfig({ ...least, TEMPORAL_TLS: 'false' }).temporal.tls).toBeUndefined();
});

test('the message names every fault', () => {
  expect(() => loadConfig({ ...least, PORT: 'x', DATABASE_URL: '' })).toThrow(
    'The settings cannot be used: PORT must be a number from 0 to 65535; DATABASE_URL is required, such as postgres://user:password@host:5432/name.',
  );
});

test('a missing or malformed setting of a group is reported once', () => {
  const faults = faultsOf({ TWILIO_ACCOUNT_SID: 'XX1', TWILIO_AUTH_TOKEN: ' ', TWILIO_FROM: '+15551234567' });
  expect(faults).toEqual({
    TWILIO_ACCOUNT_SID: 'must be an account SID, which begins with AC',
    TWILIO_AUTH_TOKEN: 'is required: text messages need account, token and sender',
  });
});

test('half of the Twilio settings is a fault that names the missing ones', () => {
  expect(Object.keys(faultsOf({ TWILIO_ACCOUNT_SID: 'AC1' })).sort()).toEqual(['TWILIO_AUTH_TOKEN', 'TWILIO_FROM']);
});

test('payload keys come from the secret keys unless they are set', () => {
  const { secretKeys, payloadKeys } = loadConfig(least);
  expect(payloadKeys).toEqual(derivedPayloadKeys(secretKeys));
  expect(loadConfig({ ...least, PAYLOAD_KEYS: `p:${key(9)}` }).payloadKeys).toEqual([
    { kid: 'p', secret: Buffer.alloc(32, 9) },
  ]);
});

test('lists, addresses and URLs are brought into one form', () => {
  const config = loadConfig({
    ...least,
    PUBLIC_URL: 'https://warden.example/',
    ADMIN_EMAIL: ' Ana@Acme.Example ',
    TRUSTED_PROXIES: '10.0.0.0/8, ::1 ,loopback',
    WEBHOOK_ALLOW_HOSTS: 'LocalHost:9000, [::1]:80',
    PORT: '0',
  });
  expect(config).toMatchObject({
    port: 0,
    publicUrl: 'https://warden.example',
    adminEmail: 'ana@acme.example',
    mail: { from: 'AgentWarden <agentwarden@warden.example>' },
    trustedProxies: ['10.0.0.0/8', '::1', 'loopback'],
    webhookAllowHosts: ['localhost:9000', '[::1]:80'],
  });
});

test('every setting has a meaning, and its documented default is the one that holds', () => {
  for (const { meaning } of Object.values(SETTINGS)) expect(meaning).toMatch(/\.$/);
  expect(defaultOf(SETTINGS.PORT)).toBe(String(loadConfig(least).port));
  expect(defaultOf(SETTINGS.LOG_LEVEL)).toBe(loadConfig(least).logLevel);
  expect(defaultOf(SETTINGS.TRUSTED_PROXIES)).toBe('none');
  expect(defaultOf(SETTINGS.SLACK_BOT_TOKEN)).toBe('none');
});
