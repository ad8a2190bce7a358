import test from 'ava'
import fc from 'fast-check'
import { defaultBadRowLimit, parseBadRowLimit } from '../../pipelines/source/bad-row-limit.ts'
import { RefusedError } from '../../pipelines/platform/errors.ts'
import { mayDeliverNothing, requireKeptRows } from '../../pipelines/audit/lost-rows.ts'
import type { Counts } from '../../pipelines/contract/counts.ts'
import type { LoadedBatch, Transformer } from '../../pipelines/source/transformer.ts'
import { caseload } from '../helpers/cli.ts'
import { rowsOf, testDatabase } from '../helpers/database.ts'
import { patient, testLanding } from '../helpers/landing.ts'

/** A batch of one table: its rows, of which these are in quarantine or removed, by rule. */
function loadedWith(candidates: number, quarantined: Counts, removed: Counts = {}): LoadedBatch {
  const gone = [...Object.values(quarantined), ...Object.values(removed)].reduce((sum, rows) => sum + rows, 0)
  const table = { table: 'visits', leaf: undefined, candidates, loaded: candidates - gone, quarantined, removed }
  return { files: [], tables: [{ ...table, dropped: {}, droppedRows: 0, droppedOf: {}, warned: {} }] }
}

const refusal = (
  loaded: LoadedBatch,
  empty: Transformer['empty'] = 'refuse',
  limit = defaultBadRowLimit,
): string | undefined => {
  try {
    requireKeptRows(loaded, empty, limit, '0b9df1f2-0000-0000-0000-000000000000')
    return undefined
  } catch (error) {
    return error instanceof RefusedError ? error.message : String(error)
  }
}

test('a table that loses all its rows is refused, however few they are, unless the source allows it', t => {
  t.regex(
    refusal(loadedWith(1, { pattern: 1 })) ?? '',
    /1 of 1 row of visits went to quarantine.*empty = \{ visits: 'allow' \}/,
  )
  t.regex(refusal(loadedWith(3, { reference: 3 })) ?? '', /3 of 3 rows of visits/)
  t.is(refusal(loadedWith(3, { pattern: 3 }), { visits: 'allow' }), undefined)
  t.is(refusal(loadedWith(3, { pattern: 3 }), 'allow'), undefined)
  t.regex(refusal(loadedWith(3, { pattern: 3 }), { patients: 'allow' }) ?? '', /3 of 3/)
  t.regex(refusal(loadedWith(3, { pattern: 3 }), 'refuse', parseBadRowLimit('100')) ?? '', /3 of 3/)
})

test('more than half of four rows or more is refused, unless a limit was given', t => {
  t.is(refusal(loadedWith(3, { pattern: 2 })), undefined)
  t.is(refusal(loadedWith(4, { pattern: 2 })), undefined)
  t.regex(refusal(loadedWith(4, { pattern: 3 })) ?? '', /3 of 4 rows of visits.*--max-bad-rows allows more than half/)
  t.is(refusal(loadedWith(4, { pattern: 3 }), 'refuse', parseBadRowLimit('90%')), undefined)
})

test('rows that a rule removes, or that go with their parent, are not judged', t => {
  t.is(refusal(loadedWith(5, { parent: 5 })), undefined)
  t.is(refusal(loadedWith(5, {}, { duplicate: 5 })), undefined)
  t.is(refusal(loadedWith(0, {})), undefined)
  t.regex(refusal(loadedWith(9, { parent: 4, pattern: 1 }, { superseded: 4 })) ?? '', /1 of 1 row/)
})

test('an input of which no record can be read is refused', t => {
  const file = { input: 'signal', name: 'a', bytes: 1, sha256: '', changedAt: 0, identity: undefined }
  const files = [
    { ...file, records: 2, quarantined: 2 },
    { ...file, records: 1, quarantined: 1 },
  ]
  t.regex(refusal({ files, tables: [] }) ?? '', /3 of 3 records of signal went to quarantine/)
  t.is(refusal({ files: [...files, { ...file, records: 9, quarantined: 0 }], tables: [] }), undefined)
})

test('a table that is published has lost fewer than all of its rows, and at most half of four or more', t => {
  const count = fc.integer({ min: 0, max: 30 })
  const law = fc.property(count, count, count, count, (kept, bad, parent, duplicate) => {
    const loaded = loadedWith(kept + bad + parent + duplicate, { pattern: bad, parent }, { duplicate })
    const judged = kept + bad
    const isLost = judged > 0 && kept === 0
    const isHalved = judged >= 4 && bad * 2 > judged
    return (refusal(loaded) !== undefined) === (isLost || isHalved)
  })
  t.notThrows(() => {
    fc.assert(law)
  })
})

test('a delivery without a record may replace a batch where every table may be empty', t => {
  const tables = ['patients', 'visits']
  t.false(mayDeliverNothing({ empty: 'refuse', tables }))
  t.false(mayDeliverNothing({ empty: { visits: 'allow' }, tables }))
  t.true(mayDeliverNothing({ empty: { patients: 'allow', visits: 'allow' }, tables }))
  t.true(mayDeliverNothing({ empty: 'allow', tables }))
})

test('ten visits whose date is none are a refused batch; one of three is published, and status and runs say so', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const options = { url, env: { CASELOAD_LANDING: landing.root } }
  const deliver = (bad: number, of: number): void => {
    const people = Array.from({ length: of }, (_, i) => {
      const record = patient(`P${i}`, 'Avery Sample')
      return i >= bad ? record : { ...record, visits: [{ visit_id: `V${i}`, date: 'May the first', diagnoses: [] }] }
    })
    landing.write('source_a/20230501/visit_events.json', JSON.stringify(people))
  }
  deliver(10, 10)
  const refused = await caseload(['run', 'source_a', '20230501'], options)
  t.is(refused.code, 3)
  t.regex(refused.stderr, /10 of 10 rows of visits went to quarantine/)
  t.deepEqual(await rowsOf(url, 'select 1 from store.patients'), [])
  deliver(1, 3)
  t.is((await caseload(['run', 'source_a', '20230501'], options)).code, 0)
  const parsed = async (...args: readonly string[]): Promise<readonly Record<string, unknown>[]> =>
    JSON.parse((await caseload([...args, '--json'], options)).stdout) as Record<string, unknown>[]
  t.deepEqual(
    (await parsed('status', '--to', '2023-05-01')).map(one => [one['state'], one['quarantined']]),
    [['published', 1]],
  )
  t.deepEqual(
    (await parsed('runs')).map(one => [one['status'], one['quarantined']]),
    [
      ['published', 1],
      ['refused', 10],
    ],
  )
  t.regex(
    (await caseload(['status', '--to', '2023-05-01'], options)).stdout,
    /rows +quarantined +dropped +published at/,
  )
})
