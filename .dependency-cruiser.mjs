// The import rule, as data: which room may import which, type-only imports and circles included. `npm run imports` holds it.

/**
 * A room is a part of the tree; each file of the product belongs to one room. `rooms` are the rooms that it may
 * import, `types` those that it may import as types only, `not` an exception inside them. Without `packages` it may import
 * every dependency; types of packages are free everywhere.
 */
export const rooms = {
  domain: {
    path: '^domain/(?!(approval(/|\\.ts)|errors\\.ts))',
    rooms: ['approval'],
    packages: ['@bufbuild/(cel|re2)', 'canonicalize', 'ipaddr.js', 'temporal-polyfill', 'yaml', 'buffer', 'crypto'],
  },
  // Workflows run this code, and every replay must give the same result: no package, no clock, no time zone data.
  approval: { path: '^domain/(approval(/|\\.ts)|errors\\.ts)', rooms: [], packages: [] },
  workflows: {
    path: '^workflows/(?!messages\\.ts)',
    rooms: ['messages', 'approval'],
    types: ['activities'],
    packages: ['@temporalio/workflow'],
  },
  messages: { path: '^workflows/messages\\.ts', rooms: ['approval'], packages: ['@temporalio/workflow'] },
  rendering: { path: '^rendering/(?!view\\.ts)', rooms: ['view', 'domain', 'approval'], packages: ['crypto'] },
  // An approval as its reader sees it, as data: the one part of rendering that the application needs.
  view: { path: '^rendering/view\\.ts', rooms: ['rendering', 'domain', 'approval'], packages: [] },
  encryption: {
    path: '^encryption/',
    rooms: ['approval'],
    packages: ['@temporalio/(common|proto)', 'jose', 'crypto'],
  },
  db: {
    path: '^db/',
    rooms: ['domain', 'approval', 'encryption'],
    packages: ['kysely', 'pg', 'crypto', 'fs', 'path'],
  },
  activities: {
    path: '^activities/',
    rooms: ['domain', 'approval', 'db', 'rendering', 'view', 'encryption', 'messages'],
    types: ['config'],
  },
  // No express and no zod: what the product does, whoever asks. Only the worker writes the projection.
  application: {
    path: '^application/',
    rooms: ['domain', 'approval', 'db', 'view', 'encryption', 'messages'],
    not: '^db/(projection|migrate)',
    packages: [
      '@temporalio/(client|common)',
      '@grpc/grpc-js',
      'pg',
      'prom-client',
      'ipaddr.js',
      'crypto',
      'events',
      'net',
      'timers/promises',
    ],
  },
  http: {
    path: '^api/http/',
    rooms: ['application', 'domain', 'approval', 'rendering', 'encryption'],
    types: ['config'],
  },
  // Each caller's routes; they share only `http` and the application.
  agents: { path: '^api/agents/', rooms: ['http', 'application', 'domain', 'approval'] },
  people: { path: '^api/people/', rooms: ['http', 'application', 'domain', 'approval'] },
  admin: { path: '^api/admin/', rooms: ['http', 'application', 'domain', 'approval'] },
  pages: {
    path: '^api/pages/',
    rooms: ['http', 'application', 'domain', 'approval', 'rendering', 'view', 'encryption'],
  },
  contract: {
    path: '^api/(contract|health)\\.ts',
    rooms: ['http', 'agents', 'people', 'admin', 'pages', 'application'],
  },
  config: { path: '^config(\\.ts|/)', rooms: ['domain', 'approval', 'encryption'] },
  // The roots put the parts together; nothing imports them.
  roots: {
    path: '^(worker\\.ts|api/server\\.ts|temporal\\.ts|log\\.ts|cli/)',
    rooms: [
      'application',
      'activities',
      'http',
      'contract',
      'db',
      'domain',
      'approval',
      'encryption',
      'rendering',
      'config',
      'messages',
      'workflows',
    ],
  },
};

const any = (patterns) => patterns.join('|') || '^$';
const pathsOf = (names = []) => names.map((name) => rooms[name].path);
/** Files that are not part of the product. */
const outside = '^(tests|scripts|bench|sdk)/|^node_modules/|config\\.(m?js|ts)$|^\\.';
const tests = '\\.test\\.ts$|/support/';

/** Matches an npm package by its path in node_modules, and a Node.js module by its name. */
const packagePath = (name) => `^(${name}|node_modules/${name}/)`;

const rulesOf = ([name, { path, rooms: allowed, types = [], not, packages }]) => [
  {
    name: `${name} imports only its rooms`,
    severity: 'error',
    from: { path, pathNot: tests },
    to: { dependencyTypes: ['local'], pathNot: any([path, ...pathsOf(allowed), ...pathsOf(types)]) },
  },
  ...types.map((type) => ({
    name: `${name} imports ${type} as types only`,
    severity: 'error',
    from: { path, pathNot: tests },
    to: { path: rooms[type].path, preCompilationOnly: false },
  })),
  ...(not === undefined
    ? []
    : [{ name: `${name} keeps out`, severity: 'error', from: { path, pathNot: tests }, to: { path: not } }]),
  ...(packages === undefined
    ? []
    : [
        {
          name: `${name} uses only its packages`,
          severity: 'error',
          from: { path, pathNot: tests },
          to: {
            dependencyTypesNot: ['local'],
            preCompilationOnly: false,
            pathNot: any(packages.map(packagePath)),
          },
        },
      ]),
];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...Object.entries(rooms).flatMap(rulesOf),
    {
      name: 'every file belongs to a room',
      severity: 'error',
      from: { pathNot: any([...pathsOf(Object.keys(rooms)), tests, outside]) },
      to: {},
    },
    { name: 'no circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'nothing imports a root',
      severity: 'error',
      from: { pathNot: any([tests, '^cli/']) },
      to: { path: '^(worker\\.ts|api/server\\.ts|cli/)' },
    },
    { name: 'every import resolves', severity: 'error', from: { pathNot: outside }, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|dashboard|coverage|\\.cache|\\.agentwarden)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Type-only imports count, and are told apart.
    tsPreCompilationDeps: 'specify',
  },
};
