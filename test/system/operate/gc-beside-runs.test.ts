import { hostname, tmpdir } from 'node:os'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { collectGarbage } from '../../../pipelines/operate/gc/collect.ts'
import { isCaseload } from '../../../pipelines/operate/gc/dead-runs.ts'
import { caseload } from '../../helpers/cli.ts'
import { rowsOf, testDatabase, withSession } from '../../helpers/database.ts'
import { patient, testLanding } from '../../helpers/landing.ts'

test('gc again and again while batches are run and replaced: none of them fails or loses a row', async t => {
  const { url } = await testDatabase(t)
  const work = mkdtempSync(join(tmpdir(), 'caseload-work-'))
  t.teardown(() => {
    rmSync(work, { recursive: true, force: true })
  })
  const landing = testLanding(t)
  const options = { url, env: { CASELOAD_WORK: work, CASELOAD_LANDING: landing.root } }
  const days = ['20230501', '20230502', '20230503']
  const parts = {
    ...{ keep: 1, workRoot: work, machine: { host: hostname(), isAlive: isCaseload } },
    letThemReconnect: () => Promise.reject(new Error('every run is of this machine')),
  }
  t.like(await caseload(['migrate'], options), { code: 0 })
  let isOver = false
  let rounds = 0
  const collecting = withSession(url, async session => {
    while (!isOver) {
      const collected = await collectGarbage(session, parts)
      t.deepEqual([collected.stray_tables, collected.work_folders], [[], []])
      t.true(collected.batches.every(batch => batch.dead_runs === 0))
      rounds++
      await sleep(20)
    }
  })
  try {
    for (const name of ['first', 'second']) {
      for (const day of days) {
        landing.write(`source_a/${day}/visit_events.json`, JSON.stringify([patient(`P-${day}`, name)]))
      }
      const runs = await Promise.all(days.map(day => caseload(['run', 'source_a', day], options)))
      t.deepEqual(
        runs.map(run => run.code),
        [0, 0, 0],
        runs.map(run => run.stderr).join(''),
      )
    }
  } finally {
    isOver = true
    await collecting
  }
  t.true(rounds > 1)
  const names = await rowsOf(url, 'select patient_id, name from store.patients order by 1')
  t.deepEqual(
    names,
    days.map(day => ({ patient_id: `P-${day}`, name: 'second' })),
  )
  const kept = await rowsOf(
    url,
    `select 1 from pg_tables where schemaname = 'caseload_kept' and tablename like 'patients%'`,
  )
  t.is(kept.length, 3)
  t.deepEqual(readdirSync(work), [])
})
