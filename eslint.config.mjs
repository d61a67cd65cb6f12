// Lint rules for mistakes that the compiler does not find, such as a forgotten promise. The import rules are in .dependency-cruiser.mjs.
import tseslint from 'typescript-eslint';

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
