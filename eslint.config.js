import js from '@eslint/js'
import tseslint from 'typescript-eslint'

const drivers = [
  { name: 'pg', message: 'Only pipelines/platform/postgres.ts imports pg.' },
  { name: '@duckdb/node-api', message: 'Only pipelines/platform/duckdb.ts imports DuckDB.' },
  { name: '@duckdb/node-bindings', message: 'Only pipelines/platform/duckdb.ts imports DuckDB.' },
  { name: '@aws-sdk/client-s3', message: 'Only pipelines/landing/s3/objects.ts imports the S3 client.' },
]
const driversBut = (...names) => drivers.filter(driver => !names.some(name => driver.name.startsWith(name)))

const restrict = (paths, patterns) => ({ '@typescript-eslint/no-restricted-imports': ['error', { paths, patterns }] })

export default tseslint.config(
  { ignores: ['dist/', 'dist-*/', '.caseload/', 'node_modules/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
        { selector: 'TSEnumDeclaration', message: 'A union of literals instead of an enum.' },
      ],
      ...restrict(drivers, []),
    },
  },
  { files: ['pipelines/platform/postgres.ts'], rules: restrict(driversBut('pg'), []) },
  { files: ['pipelines/platform/duckdb.ts'], rules: restrict(driversBut('@duckdb/'), []) },
  { files: ['pipelines/landing/s3/objects.ts', 'test/s3/store.ts'], rules: restrict(driversBut('@aws-sdk/'), []) },
  {
    files: ['pipelines/**/*.ts'],
    ignores: ['pipelines/platform/postgres.ts', 'pipelines/platform/duckdb.ts', 'pipelines/landing/s3/objects.ts'],
    rules: restrict(drivers, [
      { group: ['**/sources/**', '**/bin/**'], message: 'The engine finds sources by listing folders.' },
    ]),
  },
  {
    files: ['sources/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^(?!caseload$)', message: "A source imports only 'caseload'." }] },
      ],
    },
  },
  {
    files: ['bin/**/*.ts'],
    rules: restrict(drivers, [{ group: ['**/sources/**'], message: 'bin imports only the engine.' }]),
  },
  {
    files: ['scripts/**/*.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
)
