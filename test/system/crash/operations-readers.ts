import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { connect, type Session } from '../../../pipelines/platform/postgres.ts'
import { disagreements } from './operations-order.ts'
import { batchesSeen } from './operations-seen.ts'
import type { OperationsWorld } from './operations-world.ts'

/** Batches that are not exactly one of their contents. */
export function illegal({ legal }: OperationsWorld, seen: ReadonlyMap<string, string>): readonly string[] {
  const strangers = [...seen.keys()].filter(name => !legal.has(name)).map(name => `${name}: was never delivered`)
  const mixed = [...legal].flatMap(([name, { a, b }]) => {
    const rows = seen.get(name) ?? 'nothing'
    return rows === a.rows || rows === b.rows ? [] : [`${name}: ${rows}; expected ${a.rows} or ${b.rows}`]
  })
  return [...strangers, ...mixed]
}

/** Readers that go on until they are stopped. */
export interface OperationsReaders {
  /** How many transactions looked at all batches, and how often the ledger was compared with the tables there are. */
  readonly count: { reads: number; looks: number }
  /** What they should never have seen; stops them. */
  readonly stop: () => Promise<readonly string[]>
}

/** Starts readers of all tables under REPEATABLE READ, and one that compares the ledger with the tables there are. */
export function startOperationsReaders(world: OperationsWorld): OperationsReaders {
  const problems: string[] = []
  const count = { reads: 0, looks: 0 }
  let over = false
  const keepOn = async (name: string, work: (session: Session) => Promise<readonly string[]>): Promise<void> => {
    const session = await connect({ url: world.url, applicationName: `reader ${name}` })
    try {
      // So long may nobody be kept from reading.
      await session.query(`set statement_timeout = '20s'`)
      while (!over && problems.length < 10) {
        problems.push(...(await work(session)).map(problem => `${name}: ${problem}`))
        await sleep(20)
      }
    } catch (error) {
      problems.push(`${name}: ${String(error)}`)
    } finally {
      await session.end()
    }
  }
  const repeatableRead = async (session: Session, wait: number): Promise<readonly string[]> => {
    await session.query('begin isolation level repeatable read')
    // Its snapshot is taken; what is published before it reads is newer.
    await session.query('select pg_current_snapshot()')
    await sleep(Math.random() * wait)
    const first = await batchesSeen(session)
    await sleep(Math.random() * 50)
    const second = await batchesSeen(session)
    await session.query('commit')
    count.reads++
    const changed = isDeepStrictEqual(first, second) ? [] : ['one transaction saw two versions']
    return [...illegal(world, first), ...illegal(world, second), ...changed]
  }
  const done = Promise.all([
    keepOn('repeatable read', session => repeatableRead(session, 0)),
    keepOn('repeatable read, older snapshot', session => repeatableRead(session, 1500)),
    keepOn('ledger', async session => {
      count.looks++
      return disagreements(session)
    }),
  ])
  return {
    count,
    stop: async () => {
      over = true
      await done
      return problems
    },
  }
}
