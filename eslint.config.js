import js from '@eslint/js'
import tseslint from 'typescript-eslint'
import { layers } from './scripts/layers.mjs'

const drivers = [
  { name: 'pg', message: 'Only postgres.ts and server-error.ts of pipelines/platform import pg.' },
  { name: '@duckdb/node-api', message: 'Only pipelines/platform/duckdb.ts imports DuckDB.' },
  { name: '@duckdb/node-bindings', message: 'Only pipelines/platform/duckdb.ts imports DuckDB.' },
  { name: 'pg-boss', message: 'Only pipelines/operate/queue/boss.ts imports pg-boss.' },
  { name: 'nodemailer', message: 'Only pipelines/operate/notices/mail.ts imports nodemailer.' },
  { name: '@aws-sdk/client-s3', message: 'Only pipelines/landing/s3/objects.ts imports the S3 client.' },
]
const driversBut = (...names) =>
  drivers.filter(
    driver => !names.some(name => driver.name === name || (name.endsWith('/') && driver.name.startsWith(name))),
  )

const restrict = (paths, patterns) => ({ '@typescript-eslint/no-restricted-imports': ['error', { paths, patterns }] })

const engineOnly = { group: ['**/sources/**', '**/bin/**'], message: 'The engine finds sources by listing folders.' }

/** What a folder of pipelines/ may not import: those behind it in the list. */
function below(layer) {
  const higher = layers.slice(layers.indexOf(layer) + 1).map(name => `**/${name}/**`)
  const message = `${layer} imports only the folders before it in scripts/layers.mjs.`
  return [engineOnly, ...(higher.length === 0 ? [] : [{ group: higher, message }])]
}

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
  { files: ['test/landing/s3/store.ts'], rules: restrict(driversBut('@aws-sdk/'), []) },
  { files: ['pipelines/*.ts'], rules: restrict(drivers, [engineOnly]) },
  ...layers.map(layer => ({ files: [`pipelines/${layer}/**/*.ts`], rules: restrict(drivers, below(layer)) })),
  {
    files: ['pipelines/platform/postgres.ts', 'pipelines/platform/server-error.ts'],
    rules: restrict(driversBut('pg'), below('platform')),
  },
  { files: ['pipelines/platform/duckdb.ts'], rules: restrict(driversBut('@duckdb/'), below('platform')) },
  { files: ['pipelines/operate/queue/boss.ts'], rules: restrict(driversBut('pg-boss'), below('operate')) },
  { files: ['pipelines/operate/notices/mail.ts'], rules: restrict(driversBut('nodemailer'), below('operate')) },
  { files: ['pipelines/landing/s3/objects.ts'], rules: restrict(driversBut('@aws-sdk/'), below('landing')) },
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
