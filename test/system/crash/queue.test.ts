import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { caseload, type CallOptions, ended, root, start } from '../../helpers/cli.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'
import { testLanding } from '../../helpers/landing.ts'
import { until } from '../../helpers/until.ts'
import { deliver, visitEvents } from '../laws/landing.ts'
import { type Fate, type MessageProxy, startProxy } from '../laws/message-proxy.ts'
import { leftovers, tidy } from './leftovers.ts'
import { seenByReaders } from './readers.ts'

/** `npm run test:queue` asks for 200. */
const count = Number(process.env['CASELOAD_CRASH_BATCHES'] ?? 24)
const days = Array.from({ length: count / 2 }, (_, day) =>
  new Date(Date.UTC(2023, 4, 1 + day)).toISOString().slice(0, 10),
)
const batches = ['source_a', 'source_b'].flatMap(source => days.map(date => ({ source, date })))

const copies = (body: Buffer): boolean => body.includes('copy caseload_stage."treatments_')
const publishes = (body: Buffer): boolean => body.includes('caseload.publish(')

/** A proxy that holds the n-th message of a kind until its fate is decided. */
interface Holding {
  readonly proxy: MessageProxy
  readonly reached: Promise<void>
  readonly decide: (fate: Fate) => void
}

async function holding(t: ExecutionContext, url: string, is: (body: Buffer) => boolean, nth = 1): Promise<Holding> {
  let decide: (fate: Fate) => void = () => undefined
  const fate = new Promise<Fate>(resolve => (decide = resolve))
  let reach = (): void => undefined
  const reached = new Promise<void>(resolve => (reach = resolve))
  let count = 0
  const proxy = await startProxy(url, (type, body) => {
    if ((type !== 'P' && type !== 'Q') || !is(body) || ++count !== nth) return 'pass'
    reach()
    return fate
  })
  t.teardown(async () => {
    decide('cut')
    await proxy.close()
  })
  return { proxy, reached, decide }
}

test(`three workers, one killed in a COPY, one frozen at its publish, one cut off: each of ${count} batches is loaded once`, async t => {
  t.timeout(300_000 + 5000 * count)
  const { url } = await testDatabase(t)
  const other = await testDatabase(t)
  const landing = testLanding(t)
  for (const [seed, batch] of batches.entries()) {
    deliver(landing.root, batch, visitEvents({ seed, patients: 20, mark: `${batch.source} ${batch.date}` }))
  }
  const work = mkdtempSync(join(tmpdir(), 'caseload-work-'))
  t.teardown(() => {
    rmSync(work, { recursive: true, force: true })
  })
  const env = { CASELOAD_LANDING: landing.root, CASELOAD_WORK: work }
  t.like(await caseload(['backfill'], { url: other.url, env }), { code: 0 })
  t.like(await caseload(['enqueue'], { url, env }), { code: 0, stdout: `Queued: ${batches.length} batches.\n` })

  const worker = (options: CallOptions): ChildProcess => {
    const child = start(['worker', '--drain', '--concurrency', '1'], { env, ...options })
    t.teardown(() => child.kill('SIGKILL'))
    return child
  }
  const first = await holding(t, url, copies)
  const killed = worker({ url: first.proxy.url })
  await first.reached
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  first.decide('cut')

  const second = await holding(t, url, publishes)
  const frozen = worker({ url: second.proxy.url })
  const frozenEnds = ended(frozen)
  await second.reached
  frozen.kill('SIGSTOP')
  // Of the killed one no lease is touched: this test waits for it to lapse.
  const [held] = await rowsOf(
    url,
    `update caseload.leases set expires_at = expires_at - interval '1 hour'
     where taken_at = (select max(taken_at) from caseload.leases) returning job_id, lease_id`,
  )
  const third = await holding(t, url, copies, 2)
  const cutOff = worker({ url: third.proxy.url })
  const cutOffEnds = ended(cutOff)
  await third.reached
  third.decide('cut')
  third.proxy.cut()
  await until(
    async () =>
      (await rowsOf(url, 'select from caseload.leases where lease_id = $1', [held?.['lease_id']])).length === 0,
  )
  second.decide('pass')
  frozen.kill('SIGCONT')

  const ends = [await cutOffEnds, await frozenEnds]
  t.deepEqual(
    ends.map(one => one.code),
    [0, 0],
    ends.map(one => one.stderr).join('\n'),
  )
  for (const { stderr } of ends) t.notRegex(stderr, /this is a bug|UnhandledPromise/)
  t.is(await seenByReaders(url), await seenByReaders(other.url))
  t.deepEqual(await leftovers(url, work), { ...tidy, keptVersions: 0, publishedRuns: batches.length })
  t.deepEqual(await rowsOf(url, 'select from caseload.leases'), [])
  t.deepEqual(await rowsOf(url, 'select state, count(*) as n from caseload_queue.job group by 1'), [
    { state: 'completed', n: batches.length },
  ])
})

const poison = `import { csv, Transformer } from 'caseload'

export class Poison extends Transformer {
  inputs = { people: csv({ files: ['people_*.csv'], columns: ['patient_id', 'name'] }) }

  tables = ['patients']

  load() {
    process.kill(process.pid, 'SIGKILL')
  }
}
`

test('a batch that kills its engine is dead after its tries, and the others are loaded', async t => {
  t.timeout(300_000)
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const sources = mkdtempSync(join(tmpdir(), 'caseload-sources-'))
  t.teardown(() => {
    rmSync(sources, { recursive: true, force: true })
  })
  mkdirSync(join(sources, 'node_modules'))
  symlinkSync(root, join(sources, 'node_modules', 'caseload'), 'dir')
  mkdirSync(join(sources, 'poison'))
  writeFileSync(join(sources, 'poison', 'poison.js'), poison)
  writeFileSync(join(sources, 'poison', 'patients.sql'), 'select file_no, record_no, patient_id, name from people\n')
  landing.write('poison/20230501/people_1.csv', 'patient_id,name\nP1,Avery\n')
  deliver(landing.root, { source: 'source_a', date: '2023-05-01' }, visitEvents({ seed: 1, patients: 5, mark: 'a' }))
  const options = { url, env: { CASELOAD_LANDING: landing.root, CASELOAD_SOURCES: sources } }
  t.like(await caseload(['enqueue', '--tries', '2'], options), { code: 0, stdout: 'Queued: 2 batches.\n' })
  const worker = start(['worker', '--drain'], options)
  t.teardown(() => worker.kill('SIGKILL'))
  const over = ended(worker)
  // Its second try is due after a quarter of a minute.
  await until(
    async () =>
      (await rowsOf(url, `update caseload_queue.job set start_after = now() where state = 'retry' returning id`))
        .length > 0,
  )
  const { code, stderr } = await over
  t.is(code, 1, stderr)
  t.regex(stderr, /try 1 of 2 failed/)
  const dead = await caseload(['queue', 'dead', '--json'], options)
  t.like((JSON.parse(dead.stdout) as unknown[])[0], { source: 'poison', tries: 2, error_class: 'EngineDiedError' })
  t.deepEqual(await rowsOf(url, 'select source, status from caseload.runs order by source, started_at'), [
    { source: 'poison', status: 'failed' },
    { source: 'poison', status: 'failed' },
    { source: 'source_a', status: 'published' },
  ])
})
