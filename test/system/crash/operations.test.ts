import test, { type ExecutionContext } from 'ava'
import pLimit from 'p-limit'
import { caseload } from '../../helpers/cli.ts'
import { withSession } from '../../helpers/database.ts'
import { until } from '../../helpers/until.ts'
import { testSeed } from '../../helpers/draws.ts'
import { type Random, randomFrom } from '../laws/random.ts'
import {
  call,
  described,
  type Ending,
  kinds,
  type Order,
  randomOrder,
  sessionsOfCommands,
} from './operations-commands.ts'
import { untidy } from './operations-order.ts'
import { illegal, startOperationsReaders } from './operations-readers.ts'
import { batchesSeen, nameOf, quarantineSeen } from './operations-seen.ts'
import { wrongEnding } from './operations-verdict.ts'
import {
  batches,
  type Content,
  contents,
  makeOperationsWorld,
  type OperationsWorld,
  versionsKept,
} from './operations-world.ts'

const full = process.env['CASELOAD_CRASH_MATRIX'] !== undefined
// The first one, and then two of each kind, or three.
const rounds = full ? 22 : 15

test('operations of every kind at once, some of them killed: readers see whole batches, and all of it settles', async t => {
  t.timeout(1_200_000)
  const seed = testSeed()
  t.log(`CASELOAD_TEST_SEED=${seed}`)
  const random = randomFrom(seed)
  const world = await makeOperationsWorld(t)
  const readers = startOperationsReaders(world)
  const endings: Ending[] = []
  const wrong: string[] = []
  try {
    for (let round = 0; round < rounds; round++) {
      const ended = await Promise.all(ordersOf(random, world, round).map(order => call(world, order)))
      const wasCut = ended.some(({ order, struck }) => struck && order.strike.how === 'cut')
      endings.push(...ended)
      wrong.push(...ended.flatMap(ending => wrongEnding(ending, wasCut) ?? []))
    }
    await settle(t, world, random)
  } finally {
    const seen = await readers.stop()
    t.log(`${readers.count.reads} transactions of readers, ${readers.count.looks} looks at the ledger`)
    t.log(counted(endings))
    t.deepEqual({ seen, wrong }, { seen: [], wrong: [] }, endings.map(({ order }) => described(order)).join('\n'))
  }
  t.true(readers.count.reads > rounds)
  t.true(endings.filter(({ struck }) => struck).length > rounds / 4)
})

/** The first round leaves a version to go back to; of the others each has one of a kind in turn, and one or two of chance. */
function ordersOf(random: Random, world: OperationsWorld, round: number): readonly Order[] {
  if (round === 0) {
    const args = ['backfill', '--reprocess', 'all', '--concurrency', '2', '--json', '--landing', world.landings.b]
    return [{ kind: 'backfill', args, strike: { how: 'none', after: null, delay: 0 } }]
  }
  const others = Array.from({ length: random() < 0.5 ? 1 : 2 }, () => randomOrder(random, world))
  return [randomOrder(random, world, kinds[round % kinds.length]), ...others]
}

/** How the commands ended, by kind. */
function counted(endings: readonly Ending[]): string {
  const counts = new Map<string, number>()
  for (const { order, code, struck } of endings) {
    const what = `${order.kind} ${code ?? 'killed'}${struck && code !== null ? ` (${order.strike.how})` : ''}`
    counts.set(what, (counts.get(what) ?? 0) + 1)
  }
  return [...counts]
    .map(([what, count]) => `${what}: ${count}`)
    .sort()
    .join(', ')
}

/** Collects garbage, runs every day, and compares with a database that nothing happened to. */
async function settle(t: ExecutionContext, world: OperationsWorld, random: Random): Promise<void> {
  const { url, legal, work, landings, options } = world
  await until(async () => (await sessionsOfCommands(url)) === 0)
  t.like(await caseload(['gc'], options), { code: 0 })
  t.deepEqual(await untidy(url, work, versionsKept), [])
  t.deepEqual(illegal(world, await withSession(url, batchesSeen)), [])

  const limit = pLimit(2)
  const last = new Map<string, Content>()
  for (const batch of batches) last.set(nameOf(batch), contents[random() < 0.5 ? 0 : 1])
  await Promise.all(
    batches.map(batch =>
      limit(async () => {
        const landing = landings[last.get(nameOf(batch)) ?? 'a']
        const run = await caseload(['run', batch.source, batch.date, '--landing', landing], options)
        t.is(run.code, 0, run.stderr)
      }),
    ),
  )
  const seen = await withSession(url, batchesSeen)
  const quarantine = await withSession(url, quarantineSeen)
  for (const [name, { a, b }] of legal) {
    const expected = last.get(name) === 'a' ? a : b
    t.deepEqual({ rows: seen.get(name), quarantine: quarantine.get(name) }, expected, name)
  }
  t.is(seen.size, legal.size)
  t.deepEqual(await untidy(url, work, versionsKept), [])

  const gc = await caseload(['gc', '--json'], options)
  t.deepEqual(JSON.parse(gc.stdout), {
    batches: [],
    range_leaves: 0,
    stray_tables: [],
    lost_rejected_rows: 0,
    work_folders: [],
    left: [],
  })
  const doctor = await caseload(['doctor', '--json', '--landing', landings.a], options)
  const findings = JSON.parse(doctor.stdout) as readonly { readonly level: string }[]
  t.deepEqual(
    findings.filter(({ level }) => level === 'error'),
    [],
  )
}
