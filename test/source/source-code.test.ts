import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { runFingerprint } from '../../pipelines/source/fingerprint/fingerprint.ts'
import { reachedCode } from '../../pipelines/source/fingerprint/reached-code.ts'
import { hashSourceCode } from '../../pipelines/source/fingerprint/source-code.ts'
import { loadSource, shippedSources } from '../../pipelines/source/load-source.ts'
import { packageRoot } from '../../pipelines/platform/sql.ts'

type Files = Readonly<Record<string, string>>

const files: Files = { 'ward.js': 'class', 'patients.sql': 'select 1', 'checks/patients/ages.sql': 'select 2' }

/** The hash of a source `ward` with these files. */
function hashOf(t: ExecutionContext, written: Files): string {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-sources-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true })
  })
  for (const [name, text] of Object.entries(written)) {
    mkdirSync(dirname(join(folder, 'ward', name)), { recursive: true })
    writeFileSync(join(folder, 'ward', name), text)
  }
  return hashSourceCode(join(folder, 'ward'))
}

test('the hash is that of names and bytes, wherever the folder is and in whichever order it was written', t => {
  const hash = hashOf(t, files)
  t.regex(hash, /^[0-9a-f]{64}$/)
  t.is(hashOf(t, Object.fromEntries(Object.entries(files).reverse())), hash)
})

test('every change of code is another hash', t => {
  const changes: readonly Files[] = [
    files,
    { ...files, 'ward.js': 'Class' },
    { ...files, 'patients.sql': 'select 1 ' },
    { ...files, 'checks/patients/ages.sql': 'select 3' },
    { ...files, 'checks/patients/more.sql': '' },
    { ...files, 'helper.js': '' },
    { ...files, 'codes.json': '{}' },
    { 'ward.js': 'class', 'patients.sql': 'select 1' },
    // Bytes that move from one file to the next.
    { ...files, 'checks/patients/ages.sql': 'select 2"patients.sql"\nselect 1', 'patients.sql': '' },
    { 'checks/patients/ages.sql': 'select 2"patients.sql"\nselect 1', 'ward.js': 'class' },
    { 'ward.js': 'class', 'patients.sql': 'select 1s', 'checks/patients/ages.sql': 'elect 2' },
  ]
  const hashes = changes.map(one => hashOf(t, one))
  t.is(new Set(hashes).size, changes.length)
})

test('code outside of the folder counts where it is named, by whatever names it', t => {
  const at = (ward: string, outside: Files): string =>
    hashOf(t, {
      ...files,
      'ward.js': ward,
      ...Object.fromEntries(Object.entries(outside).map(([k, v]) => [`../${k}`, v])),
    })
  const shared = { 'shared/codes.ts': `export * from './deep'`, 'shared/deep.ts': '1', 'shared/q.sql': 'select 1' }
  const ward = `import { codes } from '../shared/codes.js'; import '../../pipelines/none.js'; import 'csv-parse'`
  const changed = (name: string): Files => ({ ...shared, [name]: `${shared[name as keyof typeof shared]} ` })
  t.is(at(ward, shared), at(ward, shared), 'wherever it is')
  t.not(at(ward, changed('shared/codes.ts')), at(ward, shared))
  t.not(at(ward, changed('shared/deep.ts')), at(ward, shared), 'what it imports')
  t.is(at(ward, changed('shared/q.sql')), at(ward, shared), 'not what nobody names')
  const reads = `${ward}; new URL("../shared/q.sql", import.meta.url)`
  t.not(at(reads, changed('shared/q.sql')), at(reads, shared))
  t.is(at('import "../node_modules/x/y.js"', { 'node_modules/x/y.js': '1' }), at('import "../node_modules/x/y.js"', {}))
  t.not(at('import "../gone.js"', { 'gone.js': '1' }), at('import "../gone.js"', {}), 'a file that is not there yet')
})

test('the engine does not count, nor does a circle', t => {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-circle-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true })
  })
  const engine = join(packageRoot, 'pipelines', 'index.js')
  t.true(existsSync(engine))
  for (const [name, other] of ['ab', 'ba']) {
    mkdirSync(join(folder, String(name)))
    const imports = [`../${other}/${other}.ts`, `./${name}.ts`, relative(join(folder, String(name)), engine)]
    writeFileSync(join(folder, `${name}/${name}.ts`), imports.map(path => `import '${path}'\n`).join(''))
  }
  t.deepEqual(reachedCode(join(folder, 'a'), [join(folder, 'a/a.ts')]), [join(folder, 'b/b.ts')])
})

test('what is not loaded does not count', t => {
  const beside = {
    'ward.d.ts': 'x',
    'ward.js.map': 'x',
    'ward.test.ts': 'x',
    'README.md': 'x',
    '.hidden.sql': 'x',
    'node_modules/left/pad.js': 'x',
    '.git/config.json': 'x',
  }
  t.is(hashOf(t, { ...files, ...beside }), hashOf(t, files))
})

test('the mask is part of the fingerprint and its key is not in it', async t => {
  const source = await loadSource('source_a', [shippedSources])
  const of = (secret?: string): ReturnType<typeof runFingerprint> =>
    runFingerprint(source, secret === undefined ? undefined : { secret })
  const secret = 'a key that nobody else has at all'
  const plain = of()
  const masked = of(secret)
  t.deepEqual(of(), plain)
  t.deepEqual(of(secret), masked)
  t.not(masked.codeHash, plain.codeHash)
  t.not(of(`${secret}!`).codeHash, masked.codeHash)
  t.is(masked.contractHash, plain.contractHash)
  t.false(JSON.stringify(masked).includes(secret))
  t.deepEqual(
    plain.contracts.map(one => one.table),
    ['diagnoses', 'patients', 'treatments', 'visits'],
  )
  const other = runFingerprint(await loadSource('icu', [shippedSources]), undefined)
  t.not(other.contractHash, plain.contractHash)
})

test('a run writes down the code that was loaded, and not what has taken its place since', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-code-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  writeFileSync(join(folder, 'ward.js'), 'first')
  const { transformer } = await loadSource('source_a', [shippedSources])
  const loaded = runFingerprint({ folder, transformer }, undefined)
  t.is(loaded.codeHash, hashSourceCode(folder))
  writeFileSync(join(folder, 'ward.js'), 'second')
  t.not(hashSourceCode(folder), loaded.codeHash)
  t.is(runFingerprint({ folder, transformer }, undefined).codeHash, loaded.codeHash)
})
