// What the compiler cannot see: forgotten promises, and who may import whom (the table in CONTRIBUTING's words: imports run one way).
import tseslint from 'typescript-eslint';

/** What each room may import from the project; a trailing slash means the whole folder. */
export const ROOMS = {
  domain: ['domain/'],
  workflows: ['workflows/', 'domain/approval/', 'domain/errors'],
  faces: ['faces/', 'domain/'],
  encryption: ['encryption/', 'domain/errors'],
  db: ['db/', 'domain/', 'encryption/'],
  activities: ['activities/', 'domain/', 'db/', 'faces/', 'encryption/', 'workflows/messages', 'config'],
  api: ['api/', 'domain/', 'db/', 'faces/', 'encryption/', 'workflows/messages', 'config'],
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
    rules: {
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
      '@typescript-eslint/require-await': 'off', // an async signature is often the contract, whether or not this one waits
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': ['error', noEnvironment],
      eqeqeq: ['error', 'always'],
    },
  },
  { files: ['config.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['domain/**/*.ts', 'workflows/**/*.ts', 'faces/**/*.ts'],
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
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
