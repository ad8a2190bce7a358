import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import pLimit from 'p-limit'
import { type Batch, compactDate, parseDate } from '../../../pipelines/source/batch.ts'
import { caseload, type Ended, root } from '../../helpers/cli.ts'
import { createDatabase, rowsOf, testDatabase } from '../../helpers/database.ts'
import { testLanding } from '../../helpers/landing.ts'
import { tableHashes } from './hashes.ts'
import { deliver, visitEvents } from './landing.ts'
import { testSeed } from '../../helpers/draws.ts'

// Law 1: a leaf is a pure function of its batch's landing files and the code.

/** A batch and the landing root where its files lie. */
interface Delivered extends Batch {
  readonly landing: string
}

const parallel = 4
/** Two runs of every sample batch each, of which there are twenty: half a minute. */
const orders = Number(process.env['CASELOAD_ORDERS'] ?? 1)

test('any order, twice each, four at a time, ends in the rows of one plain run after the other', async t => {
  t.timeout(600_000)
  const seed = testSeed()
  t.log(`CASELOAD_TEST_SEED=${seed}`)
  const batches = [...sampleBatches(), ...generatedBatches(testLanding(t).root, seed)]

  const plain = await testDatabase(t)
  for (const batch of batches) t.like(await run(batch, plain.url), { code: 0 }, name(batch))
  const expected = await tableHashes(plain.url)
  t.notRegex(expected['treatments'] ?? '', /^0 rows/)

  const twice = [...batches, ...batches]
  for (const order of fc.sample(fc.shuffledSubarray(twice, { minLength: twice.length }), { seed, numRuns: orders })) {
    const database = await createDatabase()
    try {
      await runAll(order, database.url)
      t.deepEqual(await tableHashes(database.url), expected, order.map(name).join(', '))
      const runs = await rowsOf(database.url, `select 1 from caseload.runs where status in ('published', 'replaced')`)
      t.is(runs.length, twice.length)
    } finally {
      await database.drop()
    }
  }
})

test('the hashes tell apart two databases that differ in one value', async t => {
  const landing = testLanding(t).root
  const batch = { source: 'source_a', date: '2023-05-01', landing }
  const { url } = await testDatabase(t)
  const hashes = []
  for (const mark of ['one', 'other']) {
    const [first, ...rest] = visitEvents({ seed: 1, patients: 5, mark: 'one' })
    deliver(landing, batch, first === undefined ? rest : [{ ...first, name: mark }, ...rest])
    t.like(await run(batch, url), { code: 0 })
    hashes.push(await tableHashes(url))
  }
  t.not(hashes[0]?.['patients'], hashes[1]?.['patients'])
  t.is(hashes[0]?.['visits'], hashes[1]?.['visits'])
})

/** Every batch of data/. */
function sampleBatches(): Delivered[] {
  const landing = join(root, 'data')
  return readdirSync(landing, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .flatMap(({ name: source }) =>
      readdirSync(join(landing, source)).map(day => ({ source, date: parseDate(day), landing })),
    )
}

/** Bigger ones, of both shapes, whose ids overlap on purpose. */
function generatedBatches(landing: string, seed: number): Delivered[] {
  const batches = [
    { source: 'source_a__generated', date: '2023-05-01' },
    { source: 'source_b__generated', date: '2023-05-02' },
  ]
  return batches.map((batch, index) => {
    deliver(landing, batch, visitEvents({ seed: seed + index, patients: 300, mark: `batch ${index}` }))
    return { ...batch, landing }
  })
}

/** Runs them in this order, up to four at once; one that is held by its other run is tried again. */
async function runAll(order: readonly Delivered[], url: string): Promise<void> {
  const limit = pLimit(parallel)
  const attempt = async (batch: Delivered): Promise<void> => {
    const { code, stderr } = await limit(() => run(batch, url))
    if (code === 75) return attempt(batch)
    if (code !== 0) throw new Error(`${name(batch)} ended with ${code}: ${stderr}`)
  }
  await Promise.all(order.map(attempt))
}

function run({ source, date, landing }: Delivered, url: string): Promise<Ended> {
  return caseload(['run', source, date, '--landing', landing], { url })
}

function name({ source, date }: Batch): string {
  return `${source}/${compactDate(date)}`
}
