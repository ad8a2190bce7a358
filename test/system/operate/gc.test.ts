import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { Collected } from '../../../pipelines/operate/gc/collect.ts'
import type { Finding } from '../../../pipelines/operate/doctor/finding.ts'
import { caseload, ended, start } from '../../helpers/cli.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'
import { patient, testLanding } from '../../helpers/landing.ts'
import { until } from '../../helpers/until.ts'
import { holdTables } from '../../publish/batches.ts'

/** Waits until a run has staged its four tables and waits for readers. */
async function staged(url: string, source: string): Promise<void> {
  await until(async () => {
    const leaves = await rowsOf(
      url,
      `select 1 from caseload.tables as t join caseload.runs as r using (run_id)
       where r.source = $1 and t.state = 'staged'`,
      [source],
    )
    return leaves.length === 4
  })
}

test('a killed run is seen by doctor and removed by gc, while another run goes on and publishes', async t => {
  const { url } = await testDatabase(t)
  const work = mkdtempSync(join(tmpdir(), 'caseload-work-'))
  t.teardown(() => {
    rmSync(work, { recursive: true, force: true })
  })
  const landing = testLanding(t)
  const drugs = [{ drug: 'Metformin', dose: '500 mg' }]
  const options = { url, env: { CASELOAD_WORK: work, CASELOAD_LANDING: landing.root } }
  for (const source of ['source_a', 'source_a__north']) {
    landing.write(`${source}/20230501/visit_events.json`, JSON.stringify([patient('P1', source, drugs)]))
    t.like(await caseload(['run', source, '20230501'], options), { code: 0 })
  }
  const reader = await holdTables(t, url)

  const killed = start(['run', 'source_a', '20230501'], options)
  await staged(url, 'source_a')
  const over = ended(killed)
  killed.kill('SIGKILL')
  await over
  // The server notices within a second that nobody is there any more.
  await until(async () => {
    const [lock] = await rowsOf(url, `select caseload.batch_is_locked('source_a', '2023-05-01') as held`)
    return lock?.['held'] === false
  })
  const live = ended(start(['run', 'source_a__north', '20230501'], options))
  await staged(url, 'source_a__north')

  const seen = await caseload(['doctor', '--json'], options)
  t.is(seen.code, 0, seen.stderr)
  const leftovers = (JSON.parse(seen.stdout) as Finding[]).find(finding => finding.check === 'leftovers')
  t.like(leftovers, { level: 'warning', found: '1 dead run, 4 staged leaves of no run', remedy: 'caseload gc' })

  const removed = await caseload(['gc', '--json'], options)
  t.is(removed.code, 0, removed.stderr)
  t.like(JSON.parse(removed.stdout) as Collected, {
    batches: [
      {
        ...{ source: 'source_a', batch_date: '2023-05-01' },
        ...{ dead_runs: 1, staged_leaves: 4, kept_leaves: 0, rejected_rows: 0 },
      },
    ],
    left: [],
  })
  t.like(await caseload(['gc', '--dry-run'], options), { code: 0, stdout: 'Nothing to remove.\n' })
  await reader.release()
  t.like(await live, { code: 0 })
  t.like(await caseload(['gc'], options), { code: 0, stdout: 'Nothing to remove.\n' })
  const statuses = await rowsOf(url, 'select source, status from caseload.runs order by source, started_at')
  t.deepEqual(
    statuses.map(row => row['status']),
    ['published', 'aborted', 'replaced', 'published'],
  )
  t.deepEqual(readdirSync(work), [])

  const unreachable = await caseload(['doctor'], { url: 'postgresql://etl:s3cret-word@127.0.0.1:1/clinic' })
  t.is(unreachable.code, 1)
  t.regex(unreachable.stdout, /^error {2,}connection /m)
  t.regex(unreachable.stderr, /errors of: connection/)
  t.notRegex(unreachable.stdout + unreachable.stderr, /s3cret-word/)
})
