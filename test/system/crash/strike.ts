import { type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import type { ExecutionContext } from 'ava'
import { caseload, type Ended, start } from '../../helpers/cli.ts'
import { rowsOf } from '../../helpers/database.ts'
import { until } from '../../helpers/until.ts'
import { type Fate, startProxy } from '../laws/message-proxy.ts'
import { holdTables, patientPublish, publishRests, publishWaits } from '../../publish/batches.ts'
import type { Fault, Scene } from './faults.ts'
import type { Point } from './points.ts'
import { seenByReaders } from './readers.ts'
import { runArguments, type World } from './world.ts'

/** A database of a case, and where its runs work. */
export interface Place {
  readonly t: ExecutionContext
  readonly world: World
  readonly url: string
  /** CASELOAD_WORK. */
  readonly work: string
}

/** How the disturbed run ended; null is a signal. */
export interface Struck {
  readonly code: number | null
  readonly stderr: string
  /** Ends its engine's process, which may outlive it. */
  readonly end: () => void
}

/**
 * Runs the batch through a proxy up to a point, lets a fault strike there, and waits until the command has ended.
 *
 * @param onReached called before the fault strikes
 * @throws Error if the run ends before it comes to the point
 */
export async function strikeRun(
  place: Place,
  point: Point,
  { strike }: Pick<Fault, 'strike'>,
  onReached: () => Promise<void>,
): Promise<Struck> {
  const { t, world, url, work } = place
  const recognise = point.recogniser()
  const toRefuse = point.afterRefusal?.()
  let found = false
  let decide: (fate: Fate) => void = () => undefined
  const fate = new Promise<Fate>(resolve => (decide = resolve))
  let reach = (): void => undefined
  const reached = new Promise<void>(resolve => (reach = resolve))
  const proxy = await startProxy(url, (type, body, connection) => {
    // One try is enough, so that a point of the publish is that of the try that publishes.
    void patientPublish(type, body, connection)
    const message = { type, body, connection }
    if (toRefuse?.(message) === true) return { refuse: 'XX000' }
    if (found || !recognise(message)) return 'pass'
    found = true
    reach()
    if (point.working === true) return 'pass'
    return point.answered === true ? { answer: fate.then(one => (one === 'cut' ? 'cut' : 'pass')) } : fate
  })
  t.teardown(proxy.close)
  // The table that a publish locks first, and waits for as long as a try may take. Any other gets 50 ms of the first try:
  // a strike could meet the command between two tries, where nothing is there to be cancelled.
  const reader = point.working === true ? await holdTables(t, url, 'diagnoses') : undefined
  // A run that tries again would outlast what is done to it here.
  const env = { CASELOAD_WORK: work, CASELOAD_RETRIES: '0' }
  const command = start([...runArguments, '--landing', world.landing], { url: proxy.url, env })
  const over = exitOf(command)
  // Where a test fails while it stands still, it would stay, and its file would not end.
  t.teardown(() => command.kill('SIGKILL'))
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
    engines.forEach(endEngine)
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
  await onReached()
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

/** Ends an engine if it is one still: an ended process leaves its number to others. */
function endEngine(pid: number): void {
  const command = `/proc/${pid}/cmdline`
  try {
    if (readFileSync(command, 'utf8').includes('engine-main')) process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}

/** Runs the batch past the proxy. */
export function run({ world, url, work }: Place): Promise<Ended> {
  return caseload([...runArguments, '--landing', world.landing], { url, env: { CASELOAD_WORK: work } })
}
