import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { dayOf } from '../../../tools/generate/days.ts'
import { generate, type GenerateOptions, type WrittenBatch } from '../../../tools/generate/generate.ts'
import { LandingFile } from '../../../tools/generate/landing-file.ts'
import { csvFile, chunk } from '../../../tools/generate/chunk.ts'
import { generatedSource, generatedSources } from '../../../tools/generate/sources.ts'
import { testLanding } from '../../helpers/landing.ts'

interface Generated {
  readonly batches: readonly WrittenBatch[]
  /** The content of each file, uncompressed, by its path under the landing root. */
  readonly files: Readonly<Record<string, Buffer>>
}

async function generated(t: ExecutionContext, source: string, options: Partial<GenerateOptions>): Promise<Generated> {
  const landing = testLanding(t).root
  const small = { firstDay: dayOf('2023-05-01'), days: 1, patients: 4, seed: 7, broken: 0.2, gzip: false }
  const all = { ...small, source, landing, ...options }
  const batches = await generate(generatedSource(source), all, () => undefined)
  const names = readdirSync(landing, { recursive: true, encoding: 'utf8' }).filter(name => name.includes('.'))
  const read = (name: string): Buffer => {
    const bytes = readFileSync(join(landing, name))
    return name.endsWith('.gz') ? gunzipSync(bytes) : bytes
  }
  return { batches, files: Object.fromEntries(names.sort().map(name => [name, read(name)])) }
}

const hashes = (files: Generated['files']): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(files).map(([name, bytes]) => [name, createHash('sha256').update(bytes).digest('hex')]),
  )

for (const source of Object.keys(generatedSources)) {
  test(`${source}: the same seed gives the same bytes, another seed other bytes`, async t => {
    const first = await generated(t, source, { days: 2 })
    const second = await generated(t, source, { days: 2 })
    const other = await generated(t, source, { days: 2, seed: 8 })
    t.deepEqual(hashes(second.files), hashes(first.files))
    t.deepEqual(second.batches, first.batches)
    t.deepEqual(Object.keys(other.files), Object.keys(first.files))
    const same = Object.keys(first.files).filter(name =>
      first.files[name]?.equals(other.files[name] ?? Buffer.alloc(0)),
    )
    t.deepEqual(
      same.filter(name => !/role/.test(name)),
      [],
    )
  })

  test(`${source}: without broken records the quarantine stays empty`, async t => {
    const { batches } = await generated(t, source, { broken: 0 })
    t.deepEqual(batches[0]?.quarantined, {})
    t.true(batches[0]?.files.every(file => file.records > 0 && file.quarantined.length === 0))
  })
}

test('a compressed file has the same content as an uncompressed one', async t => {
  const plain = await generated(t, 'biometrics', {})
  const packed = await generated(t, 'biometrics', { gzip: true })
  t.deepEqual(
    Object.keys(packed.files),
    Object.keys(plain.files).map(name => `${name}.gz`),
  )
  t.deepEqual(Object.values(hashes(packed.files)), Object.values(hashes(plain.files)))
})

test('the summary counts the records and the bytes of each file', async t => {
  const { batches, files } = await generated(t, 'icu', { patients: 2 })
  for (const { name, records, bytes } of batches[0]?.files ?? []) {
    t.is(files[name]?.length, bytes)
    t.is(String(files[name]).trimEnd().split('\n').length - 1, records)
  }
  // 2 beds, 1,440 minutes of five parameters, 24 hours of three more.
  t.is(batches[0]?.files.find(({ name }) => name.endsWith('signal.csv'))?.records, 2 * (1440 * 5 + 24 * 3))
})

test('the share of broken records is about the requested one', async t => {
  const { batches } = await generated(t, 'icu', { patients: 10, broken: 0.01 })
  const signals = batches[0]?.files.find(({ name }) => name.endsWith('signal.csv'))
  const broken = Object.values(signals?.faults ?? {}).reduce((sum, count) => sum + count, 0)
  // 72,720 records: 727 broken ones, give or take five standard deviations.
  t.true(broken > 590 && broken < 865, String(broken))
})

test('two sites have the same patients and other values', async t => {
  const north = await generated(t, 'icu__north', { patients: 5, broken: 0 })
  const south = await generated(t, 'icu__south', { patients: 5, broken: 0 })
  const text = (site: string, file: string, { files }: Generated): string =>
    String(files[`icu__${site}/20230501/${file}`])
  t.is(text('north', 'age.csv', north), text('south', 'age.csv', south))
  t.not(text('north', 'signal.csv', north), text('south', 'signal.csv', south))
})

test('a second day of a series delivers only the stays that began or ended on it', async t => {
  const { files } = await generated(t, 'icu', { patients: 40, days: 2, broken: 0 })
  const admitted = (day: string): readonly string[] =>
    String(files[`icu/${day}/admission.csv`]).trimEnd().split('\n').slice(1)
  t.true(admitted('20230501').length >= 40)
  const second = admitted('20230502')
  t.true(second.length > 0 && second.length < 40)
  t.true(second.every(line => line.includes('2023-05-02T')))
})

test('a folder with a delivery is refused and stays as it is', async t => {
  const landing = testLanding(t)
  landing.write('intake/20230501/patient_intake_1.csv', 'mrn\n')
  await t.throwsAsync(generated(t, 'intake', { landing: landing.root }), { message: /two deliveries must not mix/ })
  t.deepEqual(readdirSync(join(landing.root, 'intake/20230501')), ['patient_intake_1.csv'])
})

test('writing to a missing folder fails instead of waiting', async t => {
  const file = new LandingFile(csvFile('a.csv', ['a']), join(testLanding(t).root, 'nowhere', 'a.csv'))
  const writing = async (): Promise<void> => {
    for (let each = 0; each < 4; each++) if (file.add(chunk('a.csv', 'x'.repeat(2 << 20)))) await file.flush()
    await file.close('a.csv')
  }
  await t.throwsAsync(writing(), { code: 'ENOENT' })
})
