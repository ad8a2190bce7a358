import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { quoteIdent } from '../../../pipelines/platform/sql.ts'
import { caseload, type Ended, ended, start } from '../../helpers/cli.ts'
import { rowsOf, testDatabase, withSession } from '../../helpers/database.ts'
import { testLanding } from '../../helpers/landing.ts'
import { until } from '../../helpers/until.ts'
import { differences, martNames } from '../../marts/compare.ts'
import { deliver, visitEvents } from '../laws/landing.ts'
import { startProxy } from '../laws/message-proxy.ts'

/** Rows of one mart that another mart, which is made from it, counts otherwise. */
const disagreeing = `
  select source, patient_id, treatments_drug as drug, count(*) as prescriptions
  from mart.patient_treatment_summary
  where treatments_drug is not null
  group by source, patient_id, treatments_drug
  except
  select source, patient_id, drug, prescriptions
  from mart.medicine_per_patient`

/** A reader that asks two marts, one after the other in one transaction, again and again. */
function readMarts(url: string): { readonly reads: () => number; readonly stop: () => Promise<readonly string[]> } {
  let over = false
  let reads = 0
  const reading = withSession(url, async session => {
    const problems: string[] = []
    const count = async (question: string): Promise<number | undefined> =>
      (await session.query<{ n: number }>(question)).rows[0]?.n
    let last = false
    while (!last) {
      last = over
      await session.query('begin isolation level repeatable read')
      const before = await count('select count(*)::integer as n from mart.patient_treatment_summary')
      await sleep(50)
      const after = await count('select coalesce(sum(prescriptions), 0)::integer as n from mart.medicine_per_patient')
      const found = await session.query(disagreeing)
      await session.query('commit')
      reads++
      if (before !== after || found.rowCount !== 0)
        problems.push(`${before ?? ''} prescriptions, ${after ?? ''} counted`)
    }
    return problems
  })
  return {
    reads: () => reads,
    stop: () => {
      over = true
      return reading
    },
  }
}

async function hashes(url: string, schema: 'mart' | 'clinical', names: readonly string[]): Promise<unknown> {
  return withSession(url, async session => {
    const found: Record<string, unknown> = {}
    for (const name of names) {
      const { rows } = await session.query(
        `select count(*) as rows, md5(string_agg(line, ' ' order by line collate "C")) as hash
         from (select m::text as line from ${schema}.${quoteIdent(name)} as m) as lines`,
      )
      found[name] = rows[0]
    }
    return found
  })
}

test('four runs at once, the refresh of one killed and of one cut off: marts agree all the time, and end as those of a fresh database', async t => {
  t.timeout(300_000)
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const work = mkdtempSync(join(tmpdir(), 'caseload-work-'))
  t.teardown(() => {
    rmSync(work, { recursive: true, force: true })
  })
  const env = { CASELOAD_LANDING: landing.root, CASELOAD_WORK: work }
  const call = async (...words: readonly string[]): Promise<void> => {
    t.like(await caseload(words, { url, env }), { code: 0 }, words.join(' '))
  }
  const put = (source: string, date: string, seed: number): void => {
    deliver(landing.root, { source, date }, visitEvents({ seed, patients: 12, mark: `${source} ${date} ${seed}` }))
  }
  for (const source of ['source_a', 'source_b']) for (const day of [1, 2]) put(source, `2023-05-0${day}`, day)
  await call('backfill', '--no-marts')
  await call('marts', 'rebuild')
  const reader = readMarts(url)

  for (const source of ['source_a', 'source_b']) for (const day of [2, 3]) put(source, `2023-05-0${day}`, day + 7)
  let reach = (): void => undefined
  const reached = new Promise<void>(resolve => (reach = resolve))
  let release = (): void => undefined
  const fate = new Promise<'cut'>(resolve => {
    release = () => {
      resolve('cut')
    }
  })
  // The prescriptions are written, and not yet counted.
  const held = await startProxy(url, (_, body) => {
    if (!body.includes('delete from mart."medicine_per_patient"')) return 'pass'
    reach()
    return fate
  })
  const cut = await startProxy(url, (_, body) => (body.includes('delete from mart.') ? 'cut' : 'pass'))
  t.teardown(async () => {
    release()
    await Promise.all([held.close(), cut.close()])
  })
  const run = (through: string, ...batch: readonly string[]): [ReturnType<typeof start>, Promise<Ended>] => {
    const child = start(['run', ...batch], { url: through, env })
    t.teardown(() => child.kill('SIGKILL'))
    return [child, ended(child)]
  }
  const [killed, end] = run(held.url, 'source_a', '2023-05-02')
  await Promise.race([reached, end])
  const others = [
    run(cut.url, 'source_a', '2023-05-03')[1],
    run(url, 'source_b', '2023-05-02')[1],
    run(url, 'source_b', '2023-05-03')[1],
  ]
  // Those of source_b publish beside the refresh, which reads source_a.
  await until(
    async () =>
      (
        await rowsOf(
          url,
          `select from caseload.runs where source = 'source_b' and status = 'published' and published_at is not null
           and batch_date in ('2023-05-02', '2023-05-03')`,
        )
      ).length === 2 &&
      (await rowsOf(url, `select from caseload.runs where source = 'source_b' and status = 'replaced'`)).length === 1,
  )
  const seen = reader.reads()
  await until(() => Promise.resolve(reader.reads() > seen + 1))
  killed.kill('SIGKILL')
  release()
  held.cut()
  t.is((await end).code, null)
  for (const { code, stderr } of await Promise.all(others)) t.is(code, 0, stderr)
  await call('marts', 'refresh')
  t.deepEqual(await reader.stop(), [])

  const names = await withSession(url, martNames)
  t.deepEqual(await withSession(url, differences), [])
  const fresh = await testDatabase(t)
  t.like(await caseload(['backfill'], { url: fresh.url, env }), { code: 0 })
  t.deepEqual(await hashes(url, 'mart', names), await hashes(fresh.url, 'clinical', names))
})
