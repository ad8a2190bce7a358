import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { LockedError } from '../../../pipelines/platform/errors.ts'
import { isTransient } from '../../../pipelines/platform/server-error.ts'
import { rowsOf, testDatabase, withSession } from '../../helpers/database.ts'
import { contents, disorder, knownSource, merge, run, seen } from './batches.ts'

const seconds = Number(process.env['CASELOAD_SOAK_SECONDS'] ?? 4)
const days = ['01', '02', '03', '04', '05', '06'].map(day => `2022-12-${day}`)
const delivery = { patients: 40, visits: 60, diagnoses: 3 }

/** Two loops never meet in step. */
const pause = (longest: number): Promise<void> => sleep(Math.random() * longest)

/** Ends the server's side of one loader or merge, whichever moment it is in. */
const endOne = `
  select pg_terminate_backend(a.pid)
  from (
    select pid
    from pg_catalog.pg_stat_activity
    where datname = current_database()
      and pid <> pg_backend_pid()
      and (application_name = 'caseload test loader' or application_name like 'caseload compact%')
    order by random()
    limit 1
  ) as a`

// The new rows of every run are those of the run before, so whatever a reader misses or sees twice is wrong.
test('runs, merges and splits of one month at once, with connections cut at random moments: readers see every row', async t => {
  t.timeout((seconds + 120) * 1000)
  const { url } = await testDatabase(t)
  const loader = new URL(url)
  loader.searchParams.set('application_name', 'caseload test loader')
  await knownSource(url)
  for (const day of days) await run(url, day, delivery, 'same')
  const all = await seen(url)
  const until = Date.now() + seconds * 1000
  const done = { merges: 0, runs: 0, readings: 0 }

  const repeat = async (longestPause: number, work: () => Promise<void>): Promise<void> => {
    while (Date.now() < until || Object.values(done).includes(0)) {
      await pause(longestPause)
      await work().catch((error: unknown) => {
        if (!wasCutOrHeld(error)) throw error
      })
    }
  }
  const merging = repeat(200, async () => {
    const [month] = await merge(url, '2023-01-01')
    if (month !== undefined && month.tables > 0) done.merges++
  })
  const running = (): Promise<void> =>
    repeat(300, async () => {
      await run(loader.href, days[Math.floor(Math.random() * days.length)] ?? '', delivery, 'same')
      done.runs++
    })
  const reading = async (level: string): Promise<void> =>
    withSession(url, session =>
      repeat(20, async () => {
        await session.query(`begin isolation level ${level}`)
        await session.query('select 1 from pg_catalog.pg_am')
        await pause(50)
        t.deepEqual(await contents(session), all)
        await session.query('commit')
        done.readings++
      }),
    )
  const killing = repeat(600, async () => {
    await rowsOf(url, endOne)
  })
  await Promise.all([merging, running(), running(), reading('repeatable read'), reading('read committed'), killing])

  for (const day of days) await afterTheDead(() => run(url, day, delivery, 'same'))
  await afterTheDead(() => merge(url, '2023-01-01'))
  t.deepEqual(await seen(url), all)
  t.deepEqual(await disorder(url), [])
})

function wasCutOrHeld(error: unknown): boolean {
  if (error instanceof LockedError || isTransient(error)) return true
  return error instanceof Error && /is locked|was lost|encountered a connection error|EPIPE/.test(error.message)
}

/** A backend that was told to end holds its locks a moment longer. */
async function afterTheDead(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await work()
      return
    } catch (error) {
      if (tries > 50 || !wasCutOrHeld(error)) throw error
      await sleep(100)
    }
  }
}
