// What the compiler cannot see: forgotten promises, and who may import whom (imports run one way).
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import tseslint from 'typescript-eslint';

/** What each room may import, `types` only as types; the roots put the rooms together. tests/conventions.test.ts follows the same table through whole chains. */
const { roots, ...rooms } = JSON.parse(readFileSync(new URL('scripts/rooms.json', import.meta.url), 'utf8'));

const importsRunOneWay = {
  meta: {
    type: 'problem',
    messages: { wrong: '{{room}}/ may not import {{what}}: see scripts/rooms.json' },
    schema: [],
  },
  create(context) {
    const file = relative(import.meta.dirname, context.filename);
    const room = file.split('/')[0];
    const rule = rooms[room];
    if (!rule || roots.includes(file) || /\.test\.ts$|\/support\//.test(file)) return {};
    const fits = (list, path) => list?.some((entry) => (entry.endsWith('/') ? path.startsWith(entry) : path === entry));
    const check = (node) => {
      const from = node.source?.value;
      if (typeof from !== 'string') return;
      const typesOnly = node.importKind === 'type' || node.exportKind === 'type';
      const what = from.startsWith('.') ? relative(import.meta.dirname, join(dirname(context.filename), from)) : from;
      const name = from.startsWith('@')
        ? from.split('/').slice(0, 2).join('/')
        : from.startsWith('node:')
          ? from
          : from.split('/')[0];
      const allowed = from.startsWith('.')
        ? (fits(rule.rooms, what) || (typesOnly && fits(rule.types, what))) && !fits(rule.not, what)
        : typesOnly || rule.packages === 'any' || rule.packages.includes(name);
      if (!allowed) context.report({ node, messageId: 'wrong', data: { room, what } });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};

const noEnvironment = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: 'Only config.ts reads the environment.',
};

/** Not in the rooms that must give the same answer twice. */
const noClockOrChance = [
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'Pure code gets the time as an argument.',
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Pure code gets the time as an argument.',
  },
  {
    selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: 'Pure code knows no chance.',
  },
];

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'node_modules/',
      'dashboard/',
      'coverage/',
      '.cache/',
      '.agentwarden/',
      'sdk/python/',
      '**/*.generated.ts',
      '**/.venv/',
      'workflows/histories/',
    ],
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { rooms: { rules: { 'one-way': importsRunOneWay } } },
    rules: {
      'rooms/one-way': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true, allowNullish: true },
      ],
      '@typescript-eslint/unbound-method': 'off', // dependencies are closures, not methods
      '@typescript-eslint/require-await': 'off', // an async signature is often the contract, whether or not this one waits
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': ['error', noEnvironment],
      eqeqeq: ['error', 'always'],
    },
  },
  { files: ['config.ts'], rules: { 'no-restricted-syntax': 'off' } },
  // The commands load their code when they run, so that the others need not wait for it.
  { files: ['cli/commands.ts', 'cli/start/start.ts'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  {
    // Not workflows: there the SDK gives the clock and chance of the history.
    files: ['domain/**/*.ts', 'rendering/**/*.ts'],
    ignores: ['**/*.test.ts', '**/support/**'],
    rules: { 'no-restricted-syntax': ['error', noEnvironment, ...noClockOrChance] },
  },
  {
    files: ['**/*.test.ts', '**/support/**/*.ts', 'tests/**/*.ts', 'bench/**/*.ts'],
    rules: {
      'no-restricted-syntax': 'off',
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-base-to-string': 'off',
    },
  },
);
