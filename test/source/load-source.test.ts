import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { UsageError } from '../../pipelines/platform/errors.ts'
import { loadSource } from '../../pipelines/source/load-source.ts'
import { packageRoot } from '../../pipelines/platform/sql.ts'

const api = pathToFileURL(join(packageRoot, 'pipelines/index.js')).href

const classOf = (members: string): string => `
import { csv, Transformer } from '${api}'
export class Ward extends Transformer {
  inputs = { people: csv({ files: ['people.csv'], columns: ['id'] }) }
  tables = ['patients']
  ${members}
}`

/** A folder of sources with these files below `ward/`. */
function sourcesWith(t: ExecutionContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-sources-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true })
  })
  for (const [name, text] of Object.entries({ 'package.json': '{"type":"module"}', ...files })) {
    const path = join(folder, 'ward', name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  return folder
}

const refusals: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
  ['as .js and as .ts', { 'ward.js': classOf(''), 'ward.ts': classOf('') }, /sources\/ward exists twice, .*noEmit/],
  [
    'a SELECT of no table',
    { 'ward.js': classOf(''), 'patient.sql': '' },
    /ward\/patient\.sql is not the SELECT .*\(patients\)/,
  ],
  ['no module of its name', { 'index.js': classOf('') }, /ward has no ward\.js and no ward\.ts/],
  ['a fault', { 'ward.js': classOf(`schedule = 'hourly'; empty = 1`) }, /ward\.js: empty: .* And: schedule: expected/],
  [
    'an input named as a relation of ours',
    { 'ward.js': classOf('').replaceAll('people:', 'Batch:') },
    /ward\.js: .* found Batch: /,
  ],
  [
    'a constructor that throws',
    { 'ward.js': classOf(`x = this.y.z`) },
    /ward\.js cannot be loaded: TypeError: .*ward\.js:6/,
  ],
  [
    'a module that throws',
    { 'ward.js': `${classOf('')}\nnull.x` },
    /ward\.js cannot be loaded: TypeError: .*ward\.js:8/,
  ],
]

for (const [what, files, message] of refusals) {
  test(`a source is refused, naming its file: ${what}`, async t => {
    await t.throwsAsync(loadSource('ward', [sourcesWith(t, files)]), { instanceOf: UsageError, message })
  })
}

test('SELECTs of the declared tables, checks and tests beside the class are in order', async t => {
  const files = {
    'ward.js': classOf(''),
    'patients.sql': 'select 1',
    'ward.test.js': '',
    'checks/ages.sql': '-- table: patients',
  }
  const source = await loadSource('ward__north', [sourcesWith(t, files)])
  t.is(source.sql('patients'), 'select 1')
  t.deepEqual(source.transformer.tables, ['patients'])
})
