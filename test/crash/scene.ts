import { type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { caseload, type Ended, start } from '../helpers/cli.ts'
import { rowsOf } from '../helpers/database.ts'
import { until } from '../helpers/until.ts'
import { type Fate, startProxy } from '../laws/message-proxy.ts'
import { holdTables, patientPublish, publishRests, publishWaits } from '../publish/batches.ts'
import type { Fault, Scene } from './faults.ts'
import { leftovers, tidy } from './leftovers.ts'
import type { Combination } from './matrix.ts'
import { commandPoints, type Point } from './points.ts'
import { seenByReaders, watch } from './readers.ts'
import { runArguments, type World } from './world.ts'

/** A database of a case, and where its runs work. */
interface Place {
  readonly t: ExecutionContext
  readonly world: World
  readonly url: string
  /** CASELOAD_WORK. */
  readonly work: string
}

/** How the disturbed run ended; null is a signal. */
interface Struck {
  readonly code: number | null
  readonly stderr: string
  /** Ends its engine's process, which may outlive it. */
  readonly end: () => void
}

/** Disturbs a run, looks at what readers see, runs the batch again and looks at what is left. */
export async function play(t: ExecutionContext, world: World, { point, fault, outcome }: Combination): Promise<void> {
  t.timeout(180_000)
  const place = await makePlace(t, world)
  if (point.afterDeath === true) await leaveLeaves(place)
  const watcher = await watch(place.url, world)
  const { code, stderr, end } = await strikeRun(place, point, fault)
  const ended = outcome === 'either' ? (code === 0 ? 'done' : 'failed') : outcome
  t.is(code, { done: 0, failed: 1, killed: null }[ended], stderr)
  t.notRegex(stderr, /this is a bug|UnhandledPromise/)
  const knows = fault.name !== 'server out of reach'
  const seen = await seenByReaders(place.url)
  const sees = ended === 'done' ? 'new' : knows && outcome === 'either' ? 'old' : point.sees
  if (sees === 'either') t.true(seen === world.old || seen === world.new)
  else t.is(seen, world[sees], `readers see the ${sees} batch`)
  if (ended === 'failed' && knows) t.is((await leftovers(place.url, place.work)).runningRuns, 0)

  await runToTheEnd(place)
  end()
  t.is(await seenByReaders(place.url), world.new)
  await until(async () => (await sessions(place.url)) === 0)
  t.deepEqual(await leftovers(place.url, place.work), tidy)
  t.deepEqual(await watcher.stop(), [])
  t.true(watcher.reads() > 3)
}

async function makePlace(t: ExecutionContext, world: World): Promise<Place> {
  const { url, drop } = await world.clone()
  t.teardown(drop)
  const work = mkdtempSync(join(tmpdir(), 'caseload-work-'))
  t.teardown(() => {
    rmSync(work, { recursive: true, force: true })
  })
  return { t, world, url, work }
}

/** Runs the batch as anybody would: the session of a killed command lives on until the server has noticed. */
async function runToTheEnd(place: Place): Promise<void> {
  const next = await until(async () => {
    const ended = await run(place)
    return ended.code !== 75 && ended
  })
  place.t.is(next.code, 0, next.stderr)
}

function run({ world, url, work }: Place): Promise<Ended> {
  return caseload([...runArguments, '--landing', world.landing], { url, env: { CASELOAD_WORK: work } })
}

async function leaveLeaves(place: Place): Promise<void> {
  const afterStage = commandPoints.find(({ name }) => name === 'after stage')
  if (afterStage === undefined) throw new Error('there is no such point')
  const strike: Fault['strike'] = async ({ signal, settle }) => {
    signal('command', 'SIGKILL')
    await settle('cut')
  }
  await strikeRun(place, afterStage, { strike })
  place.t.true((await leftovers(place.url, place.work)).stagedLeaves > 0)
}

async function strikeRun(place: Place, point: Point, { strike }: Pick<Fault, 'strike'>): Promise<Struck> {
  const { t, world, url, work } = place
  const recognise = point.recogniser()
  const toRefuse = point.afterRefusal?.()
  let found = false
  let decide: (fate: Fate) => void = () => undefined
  const fate = new Promise<Fate>(resolve => (decide = resolve))
  let reach = (): void => undefined
  const reached = new Promise<void>(resolve => (reach = resolve))
  const proxy = await startProxy(url, (type, body, connection) => {
    if (point.working === true) void patientPublish(type, body, connection)
    const message = { type, body, connection }
    if (toRefuse?.(message) === true) return { refuse: 'XX000' }
    if (found || !recognise(message)) return 'pass'
    found = true
    reach()
    if (point.working === true) return 'pass'
    return point.answered === true ? { answer: fate.then(one => (one === 'cut' ? 'cut' : 'pass')) } : fate
  })
  t.teardown(proxy.close)
  const reader = point.working === true ? await holdTables(t, url) : undefined
  const command = start([...runArguments, '--landing', world.landing], { url: proxy.url, env: { CASELOAD_WORK: work } })
  const over = exitOf(command)
  await Promise.race([
    reached,
    over.then(({ stderr }) => {
      throw new Error(`the run ended before this point: ${stderr}`)
    }),
  ])
  const backend = reader === undefined ? undefined : await publishWaits(url)
  if (point.answered === true) await until(async () => (await seenByReaders(url)) === world.new)
  const engines = childrenOf(command.pid)
  const end = (): void => {
    for (const pid of engines) kill(pid)
    // What is still held is let go, so that nothing waits for ever.
    decide('cut')
  }
  t.teardown(end)
  const settle: Scene['settle'] = async fate => {
    decide(fate)
    if (reader === undefined) return
    if (fate === 'cut') proxy.cut()
    else if (fate !== 'pass') {
      await rowsOf(url, 'select pg_cancel_backend($1)', [backend])
      await publishRests(url)
    }
    await reader.release()
  }
  const signal: Scene['signal'] = (whom, name) => {
    for (const pid of whom === 'engine' ? engines : [command.pid ?? 0]) process.kill(pid, name)
  }
  const seen: Scene['seen'] = () => seenByReaders(url)
  await strike({ t, point, proxy, settle, signal, runAgain: () => run(place), seen })
  return { ...(await over), end }
}

/** Not 'close': the engine of a killed command may live a little longer and keeps the pipes. */
async function exitOf(command: ChildProcess): Promise<{ readonly code: number | null; readonly stderr: string }> {
  let stderr = ''
  command.stderr?.on('data', chunk => (stderr += String(chunk)))
  command.stdout?.resume()
  await once(command, 'exit')
  return { code: command.exitCode, stderr }
}

/** The processes that a process has started; Linux tells. */
function childrenOf(pid: number | undefined): readonly number[] {
  const list = `/proc/${pid ?? 0}/task/${pid ?? 0}/children`
  const listed = existsSync(list) ? readFileSync(list, 'utf8').trim() : ''
  return listed === '' ? [] : listed.split(' ').map(Number)
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}

/** Sessions of runs that the server still has. */
async function sessions(url: string): Promise<number> {
  const [row] = await rowsOf(
    url,
    `select count(*) as n
     from pg_catalog.pg_stat_activity
     where datname = current_database()
       and application_name like 'caseload source%'`,
  )
  return Number(row?.['n'])
}
