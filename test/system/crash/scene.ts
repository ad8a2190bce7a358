import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { rowsOf } from '../../helpers/database.ts'
import { until } from '../../helpers/until.ts'
import type { Fault } from './faults.ts'
import { leftovers, tidy } from './leftovers.ts'
import type { Combination } from './matrix.ts'
import { commandPoints } from './points.ts'
import { seenByReaders, watch, type Watcher } from './readers.ts'
import { type Place, run, strikeRun } from './strike.ts'
import type { World } from './world.ts'

/** Disturbs a run, looks at what readers see, runs the batch again and looks at what is left. */
export async function play(t: ExecutionContext, world: World, { point, fault, outcome }: Combination): Promise<void> {
  t.timeout(180_000)
  const knows = fault.name !== 'server out of reach'
  const place = await makePlace(t, world)
  if (point.afterDeath === true) await leaveLeaves(place)
  // Not earlier: with this reader in the way, a publish might take more than one try.
  let watcher: Watcher | undefined
  const { code, stderr, end } = await strikeRun(place, point, fault, async () => {
    watcher = await watch(place.url, world)
  })
  const ended = outcome === 'either' ? (code === 0 ? 'done' : 'failed') : outcome
  t.is(code, { done: 0, failed: 1, killed: null }[ended], stderr)
  t.notRegex(stderr, /this is a bug|UnhandledPromise/)
  const seen = await seenByReaders(place.url)
  const sees = ended === 'done' ? 'new' : knows && outcome === 'either' ? 'old' : point.sees
  if (sees === 'either') t.true(seen === world.old || seen === world.new)
  else t.is(seen, world[sees], `readers see the ${sees} batch`)
  const left = await leftovers(place.url, place.work)
  if (ended === 'failed' && knows && !point.name.startsWith('cleanup'))
    t.deepEqual(left, tidy, 'a failure leaves nothing')

  await runToTheEnd(place)
  end()
  t.is(await seenByReaders(place.url), world.new)
  await until(async () => (await sessions(place.url)) === 0)
  t.deepEqual(await leftovers(place.url, place.work), tidy)
  t.deepEqual(await watcher?.stop(), [])
  t.true((watcher?.reads() ?? 0) > 1)
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

async function leaveLeaves(place: Place): Promise<void> {
  const afterStage = commandPoints.find(({ name }) => name === 'after stage')
  if (afterStage === undefined) throw new Error('there is no such point')
  const strike: Fault['strike'] = async ({ signal, settle }) => {
    signal('command', 'SIGKILL')
    await settle('cut')
  }
  await strikeRun(place, afterStage, { strike }, () => Promise.resolve())
  place.t.true((await leftovers(place.url, place.work)).stagedLeaves > 0)
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
