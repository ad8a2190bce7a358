import test, { type ExecutionContext } from 'ava'
import { martLock } from '../../../pipelines/publish/swap-version.ts'
import { caseload, ended, start } from '../../helpers/cli.ts'
import { rowsOf, testDatabase, withSession } from '../../helpers/database.ts'
import { sampleData } from '../../helpers/samples.ts'
import { until } from '../../helpers/until.ts'
import { differences } from '../../marts/compare.ts'

interface Scene {
  readonly call: (...words: readonly string[]) => Promise<string>
  readonly fails: (code: number, ...words: readonly string[]) => Promise<string>
  readonly differing: () => Promise<readonly string[]>
}

function scene(t: ExecutionContext, url: string): Scene {
  const run = async (code: number, words: readonly string[]): Promise<{ stdout: string; stderr: string }> => {
    const done = await caseload(words, { url, env: { CASELOAD_LANDING: sampleData } })
    t.is(done.code, code, `${words.join(' ')}: ${done.stderr}`)
    return done
  }
  return {
    call: async (...words) => (await run(0, words)).stdout,
    fails: async (code, ...words) => (await run(code, words)).stderr,
    differing: () => withSession(url, differences),
  }
}

test('once there are marts, every command that publishes keeps them equal to the live views', async t => {
  const { url } = await testDatabase(t)
  const { call, fails, differing } = scene(t, url)
  t.regex(await call('marts', 'status'), /no marts\. To make them: caseload marts rebuild/)
  t.regex(await fails(2, 'marts', 'refresh'), /no marts/)
  await call('run', 'source_a', '20230501')
  t.regex(await call('marts', 'rebuild'), /18 marts are fresh/)
  t.deepEqual(await differing(), [])
  await call('backfill')
  t.deepEqual(await differing(), [])
  await call('run', 'source_a', '20230501')
  await call('rollback', 'source_a', '20230501')
  t.deepEqual(await differing(), [])
  await call('unpublish', 'source_a', '20230502', '--reason', 'test')
  await call('unpublish', 'icu', '--reason', 'test', '--yes')
  t.deepEqual(await differing(), [])
  t.regex(await call('marts', 'status'), /They hold what is published/)
})

test('--no-marts leaves the marts behind, status and doctor say so, and a refresh catches up', async t => {
  const { url } = await testDatabase(t)
  const { call, fails, differing } = scene(t, url)
  await call('run', 'source_a', '20230501')
  await call('marts', 'rebuild')
  await call('run', 'source_a', '20230502', '--no-marts')
  await call('run', 'biometrics', '20230501', '--no-marts')
  t.not((await differing()).length, 0)
  t.regex(await call('marts', 'status'), /behind: biometrics by 1 batch, source_a by 1 batch\..*caseload marts refresh/)
  const status = JSON.parse(await call('marts', 'status', '--json')) as { sources: readonly unknown[] }
  t.deepEqual(status.sources, [
    { source: 'biometrics', published_through: null, behind_by: 1 },
    { source: 'source_a', published_through: '2023-05-01', behind_by: 1 },
  ])
  const doctor = await caseload(['doctor'], { url, env: { CASELOAD_LANDING: sampleData } })
  t.regex(
    doctor.stdout,
    /warning +marts +behind what is published: biometrics by 1 batch, source_a by 1 batch\n.*caseload marts refresh/,
  )
  const behindSince = `select distinct r.source, f.behind_since = r.published_at as is_since_publish from mart.freshness as f
    join caseload.runs as r on r.source = f.source and r.status = 'published' and (r.source, r.batch_date) <> ('source_a', '2023-05-01')
    order by 1`
  t.deepEqual(await rowsOf(url, behindSince), [
    { source: 'biometrics', is_since_publish: true },
    { source: 'source_a', is_since_publish: true },
  ])
  // A refresh follows most publishes, so it is a note at first, and a problem after an hour.
  const problems = ['status', '--problems', '--to', '2023-05-02', 'source_a'] as const
  t.regex(
    await call(...problems),
    /^note: marts of source_a: 1 batch behind since [-0-9: ]+Z; .*: caseload marts refresh\n$/,
  )
  await rowsOf(url, `update caseload.runs set published_at = published_at - interval '61 minutes'`)
  t.regex(await fails(1, ...problems), /The marts are behind\.\n$/)
  await call('marts', 'refresh')
  t.deepEqual(await differing(), [])
  t.deepEqual(await rowsOf(url, 'select from mart.freshness where behind_since is not null'), [])
  t.is(await call(...problems), '')
})

test('verify exits with 1 and names the marts that differ, with no value of a row, and with 0 after a rebuild', async t => {
  const { url } = await testDatabase(t)
  const { call, fails } = scene(t, url)
  await call('run', 'source_a', '20230501')
  t.regex(await fails(2, 'marts', 'verify'), /no marts\. To make them: caseload marts rebuild/)
  await call('marts', 'rebuild')
  await rowsOf(
    url,
    `delete from mart.current_patients where patient_id = (select min(patient_id) from mart.current_patients)`,
  )
  const told = await fails(1, 'marts', 'verify', 'current_patients', 'current_diagnoses')
  t.regex(told, /found others in current_patients\. To repair: caseload marts rebuild/)
  t.notRegex(told, /Sample|P-/)
  await call('marts', 'rebuild')
  t.regex(await call('marts', 'verify', 'current_patients'), /current_patients +\d+ +0 +0 /)
})

test('drop asks first, removes all of it, and runs go on without marts', async t => {
  const { url } = await testDatabase(t)
  const { call, fails } = scene(t, url)
  await call('run', 'source_a', '20230501')
  await call('marts', 'rebuild')
  t.regex(await fails(2, 'marts', 'drop'), /18 marts would go: current_diagnoses, .*Nothing was changed/)
  await withSession(url, async refreshing => {
    await refreshing.query('select pg_advisory_lock(hashtextextended($1, 0))', [martLock])
    const child = start(['marts', 'drop', '--yes'], { url })
    const dropped = ended(child)
    const waits = new Promise<void>(resolve => {
      child.stderr?.on('data', (text: Buffer) => {
        if (text.includes('waits for')) resolve()
      })
    })
    await Promise.race([waits, dropped])
    t.is(child.exitCode, null)
    await refreshing.query('select pg_advisory_unlock(hashtextextended($1, 0))', [martLock])
    t.like(await dropped, { code: 0 })
  })
  await withSession(url, async session => {
    const left = await session.query(`select from pg_catalog.pg_namespace where nspname = 'mart'`)
    t.is(left.rowCount, 0)
  })
  await call('run', 'source_a', '20230502')
  await call('marts', 'rebuild')
})

for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
  test(`a run whose refresh ends by ${signal} has published; readers see the old marts until the next refresh`, async t => {
    const { url } = await testDatabase(t)
    const { call, differing } = scene(t, url)
    await call('run', 'source_a', '20230501')
    await call('marts', 'rebuild')
    await withSession(url, async holder => {
      await holder.query('begin')
      await holder.query('lock table mart.person_visits in share mode')
      const child = start(['run', 'source_a', '20230502', '--landing', sampleData], { url })
      const done = ended(child)
      await withSession(url, session =>
        until(async () => {
          const waiting = await session.query(
            `select from pg_catalog.pg_locks as l where not l.granted and l.relation = 'mart.person_visits'::regclass`,
          )
          return waiting.rowCount === 1
        }),
      )
      child.kill(signal)
      const { code, stderr } = await done
      t.is(code, signal === 'SIGKILL' ? null : 143)
      if (signal === 'SIGTERM')
        t.regex(stderr, /caseload: Stopped by a signal\. What was loaded is published, but the marts are behind/)
      const { rows } = await holder.query<{ drugs: number }>(
        'select count(*)::integer as drugs from mart.medicine_per_patient',
      )
      const [{ drugs } = { drugs: 0 }] = rows
      t.true(drugs > 0)
      await holder.query('rollback')
    })
    t.regex(await call('status', 'source_a'), /2023-05-02 +published/)
    t.not((await differing()).length, 0)
    await call('marts', 'refresh')
    t.deepEqual(await differing(), [])
  })
}

test('four commands that publish beside a rebuild all succeed, and the marts are equal at the end', async t => {
  const { url } = await testDatabase(t)
  const { call, differing } = scene(t, url)
  await call('run', 'source_b', '20230501')
  const batches = [
    ['source_a', '20230501'],
    ['source_a', '20230502'],
    ['icu', '20230501'],
    ['biometrics', '20230501'],
  ] as const
  await Promise.all([call('marts', 'rebuild'), ...batches.map(batch => call('run', ...batch))])
  // A run that ended before the rebuild made the marts had none to refresh.
  await call('marts', 'refresh')
  t.deepEqual(await differing(), [])
})
