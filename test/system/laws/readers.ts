import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { DatabaseError } from '../../../pipelines/platform/errors.ts'
import { connect, type Session } from '../../../pipelines/platform/postgres.ts'
import { isConnectionLost } from '../../../pipelines/platform/server-error.ts'
import { type Layer, NotWholeError, type Reading, type Versions } from './versions.ts'

/** What a reader saw. */
export interface ReaderReport {
  readonly name: string
  reads: number
  /** Versions of any source seen, as `source version`. */
  readonly seen: Set<string>
  /** Transactions whose snapshot is older than a publish, and which read only after it. */
  straddled: number
  /** What should never be. */
  readonly problems: string[]
}

/** What readers work with. */
export interface Watch {
  readonly url: string
  readonly versions: Versions
  /** Aborted when it is enough. */
  readonly stop: AbortSignal
  /** The server may be killed: a reader then comes back. */
  readonly serverMayDie: boolean
}

interface Reader {
  readonly watch: Watch
  readonly report: ReaderReport
  /** What this reader saw last: what it sees may not grow older. */
  last: Reading
}

/** A reader that a publish did not come across for so long goes on without one, in milliseconds. */
const patience = 5000

/** Starts all kinds of reader; the reports fill while they read, and `done` is fulfilled after `stop`. */
export function startReaders(watch: Watch): {
  readonly reports: readonly ReaderReport[]
  readonly done: Promise<void>
} {
  const kinds: readonly (readonly [string, (reader: Reader, session: Session) => Promise<void>])[] = [
    ['read committed, store', (reader, session) => readCommitted(reader, session, 'store')],
    ['read committed, clinical', (reader, session) => readCommitted(reader, session, 'clinical')],
    ['repeatable read', repeatableRead],
    ['repeatable read, older snapshot', (reader, session) => olderSnapshot(reader, session, ['store', 'clinical'])],
    ['repeatable read, older, views', (reader, session) => olderSnapshot(reader, session, ['clinical', 'store'])],
  ]
  const readers = kinds.map(([name, work]) => {
    const report: ReaderReport = { name, reads: 0, seen: new Set(), straddled: 0, problems: [] }
    return { report, done: keepReading({ watch, report, last: new Map() }, work) }
  })
  return {
    reports: readers.map(({ report }) => report),
    done: Promise.all(readers.map(({ done }) => done)).then(() => undefined),
  }
}

async function keepReading(reader: Reader, work: (reader: Reader, session: Session) => Promise<void>): Promise<void> {
  const { watch, report } = reader
  let session: Session | undefined
  while (!watch.stop.aborted) {
    try {
      session ??= await connect({ url: watch.url, applicationName: `reader ${report.name}` })
      await work(reader, session)
      await sleep(50)
    } catch (error) {
      await session?.end().catch(() => undefined)
      session = undefined
      const isLoss = isConnectionLost(error) || error instanceof DatabaseError
      if (!(watch.serverMayDie && isLoss)) report.problems.push(`${report.name}: ${String(error)}`)
      await sleep(50)
    }
  }
  await session?.end().catch(() => undefined)
}

async function readCommitted(reader: Reader, session: Session, layer: Layer): Promise<void> {
  await look(reader, session, layer)
}

async function repeatableRead(reader: Reader, session: Session): Promise<void> {
  await session.query('begin isolation level repeatable read')
  const first = await look(reader, session, 'store')
  await sleep(Math.random() * 50)
  await lookAgain(reader, session, 'clinical', first)
  await lookAgain(reader, session, 'store', first)
  await session.query('commit')
}

/** Takes its snapshot, waits until something else was published, and only then looks at the tables. */
async function olderSnapshot(reader: Reader, session: Session, layers: readonly [Layer, Layer]): Promise<void> {
  const { versions, stop } = reader.watch
  await session.query('begin isolation level repeatable read')
  await session.query('select pg_current_snapshot()')
  const before = versions.publications
  for (let waited = 0; versions.publications === before && waited < patience && !stop.aborted; waited += 10) {
    await sleep(10)
  }
  if (versions.publications !== before) reader.report.straddled++
  const first = await look(reader, session, layers[0])
  await lookAgain(reader, session, layers[1], first)
  await session.query('commit')
}

async function look(reader: Reader, session: Session, layer: Layer): Promise<Reading> {
  const { versions } = reader.watch
  const published = versions.newest()
  const reading = await versions.read(session, layer)
  reader.report.reads++
  for (const [source, version] of reading) {
    const oldest = Math.max(published.get(source) ?? 0, reader.last.get(source) ?? 0)
    if (version < oldest) throw new NotWholeError(`${layer}: ${source} went back from ${oldest} to ${version}`)
    reader.report.seen.add(`${source} ${version}`)
  }
  reader.last = reading
  return reading
}

async function lookAgain(reader: Reader, session: Session, layer: Layer, first: Reading): Promise<void> {
  const again = await look(reader, session, layer)
  if (!isDeepStrictEqual(again, first)) throw new NotWholeError(`${layer}: one transaction saw two versions`)
}
