import test from 'ava'
import fc from 'fast-check'
import { createDatabase, withSession } from '../../helpers/database.ts'
import { type Delivery, disorder, knownSource, merge, run, seen, source } from './batches.ts'

/** One step of a history: a batch, or a merge of whole months. */
type Step =
  | { readonly kind: 'run'; readonly day: number; readonly delivery: Delivery }
  | { readonly kind: 'merge'; readonly before: '2022-12-01' | '2023-01-01' }

const rows = fc.integer({ min: 0, max: 2 })
const delivery = fc.record({ patients: rows, visits: rows, diagnoses: rows })
const aRun = fc.record({ kind: fc.constant('run' as const), day: fc.constantFrom(1, 2, 3, 4, 30, 31), delivery })
const aMerge = fc.record({
  kind: fc.constant('merge' as const),
  before: fc.constantFrom('2022-12-01' as const, '2023-01-01' as const),
})
/** A month of three days that is merged, and whatever comes then. */
const history = fc
  .tuple(
    fc.tuple(delivery, delivery, delivery),
    fc.array(fc.oneof({ weight: 3, arbitrary: aRun }, { weight: 1, arbitrary: aMerge }), {
      minLength: 3,
      maxLength: 7,
    }),
  )
  .map(([first, then]): readonly Step[] => [
    ...first.map((delivered, index) => ({
      kind: 'run' as const,
      day: [1, 3, 4][index] ?? 0,
      delivery: delivered,
    })),
    { kind: 'merge', before: '2022-12-01' },
    ...then,
  ])

/** The first day is 2022-11-01. */
const dateOf = (day: number): string => new Date(Date.UTC(2022, 10, day)).toISOString().slice(0, 10)

async function play(url: string, steps: readonly Step[], merges: boolean): Promise<Readonly<Record<string, string>>> {
  for (const [index, step] of steps.entries()) {
    if (step.kind === 'run') await run(url, dateOf(step.day), step.delivery, `step ${index} `)
    else if (merges) await merge(url, step.before)
  }
  return seen(url)
}

async function forget(url: string): Promise<void> {
  await withSession(url, async session => {
    const leaves = await session.query<{ name: string }>(
      `select format('%I.%I', n.nspname, c.relname) as name
       from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
       where c.relkind = 'r' and n.nspname in ('store', 'caseload_kept')`,
    )
    for (const { name } of leaves.rows) await session.query(`drop table ${name}`)
    await session.query('delete from caseload.runs')
    await session.query('delete from caseload.range_leaves')
  })
}

test(`any history of ${source} ends in the same rows as if nothing had ever been merged`, async t => {
  const database = await createDatabase()
  t.teardown(() => database.drop())
  const { url } = database
  await knownSource(url)
  const runs = Number(process.env['CASELOAD_HISTORIES'] ?? 4)
  await fc.assert(
    fc.asyncProperty(history, async steps => {
      await forget(url)
      const plain = await play(url, steps, false)
      await forget(url)
      t.deepEqual(await play(url, steps, true), plain)
      t.deepEqual(await disorder(url), [])
    }),
    { numRuns: runs },
  )
})
