import test, { type ExecutionContext } from 'ava'
import { UsageError } from '../../../pipelines/platform/errors.ts'
import { csv } from '../../../pipelines/source/inputs.ts'
import type { ZoneDifference } from '../../../pipelines/check/zones/differences.ts'
import { stageScene } from '../../helpers/stage-files.ts'
import { createDatabase, type TestDatabase } from '../../helpers/database.ts'

let database: TestDatabase

test.before(async () => {
  database = await createDatabase()
})

test.after.always(() => database.drop())

const zone = 'Europe/Amsterdam'
/** As if the server knew that the summer time of 2023 ends a month later, on 29 November. */
const laterSummer: ZoneDifference = {
  from: Date.UTC(2023, 9, 29, 1) / 1000,
  to: Date.UTC(2023, 10, 29, 1) / 1000,
  engine: 3600,
  server: 7200,
}

const plain = 'select file_no, record_no, patient_id, admitted_at, visit_id, day as visit_date from stays'
const shows = plain.replace('day as', `strftime(try_cast(admitted_at as timestamptz) at time zone ZONE, '%Y-%m-%d') as`)
const fromBatch = shows.replace('ZONE', '(select zone from batch)')

interface Stay {
  readonly at: string
  readonly day?: string
  readonly select?: string
  readonly of?: string
}

async function loads(
  t: ExecutionContext,
  { at, day = '2023-04-30', select = plain, of = zone }: Stay,
): Promise<number> {
  const { staged } = await stageScene(t, {
    url: database.url,
    zone: of,
    comparedZones: new Map([
      [zone, [laterSummer]],
      ['Asia/Tokyo', []],
    ]),
    inputs: { stays: csv({ files: ['stays.csv'], columns: ['patient_id', 'visit_id', 'admitted_at', 'day'] }) },
    files: {
      'stays.csv': `patient_id,visit_id,admitted_at,day\nP1,V1,2023-04-30T12:00,2023-04-30\nP2,V2,${at},${day}\n`,
    },
    selects: { visits: select },
  })
  return staged[0]?.loaded ?? 0
}

const refusal = {
  instanceOf: UsageError,
  message:
    /^sources\/ward\/visits\.sql: visits\.\w+ has local times or days of Europe\/Amsterdam for which .* from 2023-10-29 01:00 UTC to 2023-11-29 01:00 UTC it is at \+01:00 by DuckDB and at \+02:00 by PostgreSQL\. Nothing was loaded\. Update /,
}

test('a local time that the engine and the server place differently refuses its batch', async t => {
  // The first and the last reading that one of the two has while they differ.
  for (const at of ['2023-10-29T02:00', '2023-11-10 08:00:00', '2023-11-29T02:59:59.999999']) {
    await t.throwsAsync(loads(t, { at }), refusal, at)
  }
})

test('a batch that holds no such time loads, and so does one whose times have an offset', async t => {
  const beside = ['2023-10-29T01:59', '2023-11-29T03:00', '2023-11-10T08:00+01:00', '2023-11-10T08:00Z', '']
  for (const at of beside) t.is(await loads(t, { at }), 2, at)
})

test('a row that is broken by another rule, too, does not hide such a time', async t => {
  await t.throwsAsync(loads(t, { at: '2023-11-10T08:00', day: 'yesterday' }), refusal)
})

test('moments with an offset count where the SELECT shows them in the zone', async t => {
  const at = '2023-11-10T08:00Z'
  await t.throwsAsync(loads(t, { at, select: fromBatch }), refusal)
  await t.throwsAsync(loads(t, { at, select: shows.replace('ZONE', `'${zone}'`), of: 'Asia/Tokyo' }), refusal)
  t.is(await loads(t, { at: '2023-11-29T01:00Z', select: fromBatch }), 2)
  t.is(await loads(t, { at, select: shows.replace('ZONE', `'Asia/Tokyo'`) }), 2)
})

test('a day counts where the SELECT may have taken it from a moment that it does not yield', async t => {
  const hidden = fromBatch.replace('admitted_at, visit_id', 'visit_id')
  await t.throwsAsync(loads(t, { at: '2023-11-10T08:00:00Z', select: hidden }), refusal)
  t.is(await loads(t, { at: '2023-12-10T08:00:00Z', select: hidden }), 2)
})

test('a SELECT that names a zone which is none of the IANA is refused', async t => {
  const message = /^sources\/ward\/visits\.sql: time zone: expected an IANA zone, .* found "BST", an abbreviation/
  await t.throwsAsync(loads(t, { at: '', select: shows.replace('ZONE', `'BST'`) }), { instanceOf: UsageError, message })
})
