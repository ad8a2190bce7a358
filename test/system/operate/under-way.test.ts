import test, { type ExecutionContext } from 'ava'
import { type CallOptions, caseload, ended, start } from '../../helpers/cli.ts'
import { rowsOf, testDatabase, withSession } from '../../helpers/database.ts'
import { patient, testLanding } from '../../helpers/landing.ts'
import { until } from '../../helpers/until.ts'

interface Place {
  readonly url: string
  readonly options: CallOptions
  readonly deliver: (name: string, ...days: readonly string[]) => void
  readonly names: (day: string) => Promise<unknown[]>
}

async function makePlace(t: ExecutionContext): Promise<Place> {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  return {
    url,
    options: { url, env: { CASELOAD_LANDING: landing.root } },
    deliver: (name, ...days) => {
      for (const day of days) {
        landing.write(`source_a/${day}/visit_events.json`, JSON.stringify([patient('P1', name)]))
      }
    },
    names: async day => {
      const rows = await rowsOf(url, 'select distinct name from store.patients where batch_date = $1', [day])
      return rows.map(row => row['name'])
    },
  }
}

/** Does some work while a command is kept from writing down the files it read. */
async function whileKept(url: string, begin: () => void, work: () => Promise<void>): Promise<void> {
  await withSession(url, async session => {
    await session.query('begin')
    await session.query('lock table caseload.files in exclusive mode')
    begin()
    await until(async () => {
      const waiting = await rowsOf(
        url,
        `select from pg_catalog.pg_stat_activity
         where datname = current_database()
           and wait_event_type = 'Lock'
           and query like '%insert into caseload.files%'`,
      )
      return waiting.length > 0
    })
    await work()
    await session.query('rollback')
  })
}

test('a plan that is killed is not a batch that failed: retry leaves it, and what is published stays', async t => {
  const { url, options, deliver, names } = await makePlace(t)
  deliver('first', '20230401')
  t.like(await caseload(['run', 'source_a', '20230401'], options), { code: 0 })
  deliver('second', '20230401')
  let kill: () => Promise<unknown> = () => Promise.resolve()
  const begin = (): void => {
    const plan = start(['plan', 'source_a', '20230401'], options)
    const over = new Promise(resolve => plan.once('exit', resolve))
    kill = () => {
      plan.kill('SIGKILL')
      return over
    }
  }
  await whileKept(url, begin, async () => {
    await kill()
  })
  await until(async () => {
    const sessions = `select from pg_catalog.pg_stat_activity where datname = current_database() and application_name like 'caseload source_a%'`
    return (await rowsOf(url, sessions)).length === 0
  })
  for (const command of ['gc', 'retry']) t.like(await caseload([command], options), { code: 0 })
  t.deepEqual(await names('2023-04-01'), ['first'])
  t.deepEqual(await rowsOf(url, 'select status from caseload.runs order by started_at'), [
    { status: 'published' },
    { status: 'aborted' },
  ])
})

test('a batch that is rolled back while a backfill is under way is left by it', async t => {
  const { url, options, deliver, names } = await makePlace(t)
  const backfill = ['backfill', '--reprocess', 'all', '--concurrency', '1', '--json']
  for (const name of ['first', 'second']) {
    deliver(name, '20230401', '20230402')
    t.like(await caseload(backfill, options), { code: 0 })
  }
  let done: ReturnType<typeof ended> | undefined
  const begin = (): void => {
    done = ended(start(backfill, options))
  }
  await whileKept(url, begin, async () => {
    t.like(await caseload(['rollback', 'source_a', '20230402'], options), { code: 0 })
  })
  const { code, stdout } = (await done) ?? {}
  t.is(code, 0)
  t.like(JSON.parse(stdout ?? ''), [{ outcome: 'published' }, { outcome: 'skipped' }])
  t.deepEqual(await names('2023-04-02'), ['first'])
  t.is((await rowsOf(url, 'select from caseload.pins')).length, 1)
})
