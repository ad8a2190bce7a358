import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { caseload, root } from '../helpers/cli.ts'
import { rowsOf, testDatabase } from '../helpers/database.ts'
import { testLanding } from '../helpers/landing.ts'

const sample = readFileSync(`${root}data/source_a/20230501/visit_events.json`)
const records = JSON.parse(sample.toString()) as Record<string, unknown>[]
const lines = Buffer.from(records.map(record => `${JSON.stringify(record)}\n`).join(''))
const run = ['run', 'source_a', '20230501', '--landing'] as const

const forms: Readonly<Record<string, Buffer>> = {
  'visit_events.json': sample,
  'visit_events.json.gz': gzipSync(sample),
  'visit_events.ndjson': lines,
  'visit_events.ndjson.gz': gzipSync(lines),
}

async function rows(url: string): Promise<unknown> {
  const tables = ['patients', 'visits', 'diagnoses', 'treatments']
  return Promise.all(tables.map(table => rowsOf(url, `select * from store.${table} order by 1, 2, 3`)))
}

test('an array, lines, and either of them packed give the same rows', async t => {
  const { url } = await testDatabase(t)
  let first: unknown
  for (const [name, content] of Object.entries(forms)) {
    const landing = testLanding(t)
    landing.write(`source_a/20230501/${name}`, content)
    const done = await caseload([...run, landing.root], { url })
    t.is(done.code, 0, `${name}: ${done.stderr}`)
    t.regex(done.stdout, new RegExp(`${records.length} records of 1 file,`))
    const found = await rows(url)
    first ??= found
    t.deepEqual(found, first, name)
  }
})

test('records may come in several files of one input', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write('source_a/20230501/visit_events.json', JSON.stringify(records.slice(0, 5)))
  landing.write(
    'source_a/20230501/visit_events.ndjson',
    records
      .slice(5)
      .map(one => JSON.stringify(one))
      .join('\n'),
  )
  const done = await caseload([...run, landing.root], { url })
  t.is(done.code, 0, done.stderr)
  t.regex(done.stdout, new RegExp(`${records.length} records of 2 files`))
})

test('a packed file that is cut off or damaged is refused', async t => {
  const { url } = await testDatabase(t)
  const packed = gzipSync(sample)
  const damaged = Buffer.from(packed)
  damaged.fill(0xff, 200, 260)
  for (const content of [packed.subarray(0, packed.length - 12), damaged, Buffer.from('not packed')]) {
    const landing = testLanding(t)
    landing.write('source_a/20230501/visit_events.json.gz', content)
    const refused = await caseload([...run, landing.root], { url })
    t.is(refused.code, 3, refused.stderr)
    t.regex(refused.stderr, /whole gzip file/)
  }
})

test('a file that no input declares stops the batch and is named', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write('source_a/20230501/visit_events.json', sample)
  landing.write('source_a/20230501/more_events.json', sample)
  const refused = await caseload([...run, landing.root], { url })
  t.is(refused.code, 3)
  t.regex(refused.stderr, /more_events\.json/)
})
