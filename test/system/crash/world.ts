import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Batch } from '../../../pipelines/source/batch.ts'
import { quoteIdent } from '../../../pipelines/platform/sql.ts'
import { caseload } from '../../helpers/cli.ts'
import { createDatabase, rowsOf } from '../../helpers/database.ts'
import { deliver, type VisitEvents, visitEvents } from '../laws/landing.ts'
import { type Seen, seenByReaders } from './readers.ts'

/** The batch that is disturbed. */
export const batch: Batch = { source: 'source_a', date: '2023-05-01' }

/** Arguments of a run of it. */
export const runArguments: readonly string[] = ['run', batch.source, batch.date]

/** What every case starts from: a database in which the batch was published twice, and a third delivery that has landed. */
export interface World {
  /** Landing root of the third delivery. */
  readonly landing: string
  /** What readers see before it is published, and after a run that nobody disturbed. */
  readonly old: Seen
  readonly new: Seen
  /** Gives a copy of the database to one case. */
  readonly clone: () => Promise<Clone>
  /** Removes all of it. */
  readonly end: () => Promise<void>
}

/** A database of one case. */
interface Clone {
  readonly url: string
  readonly drop: () => Promise<void>
}

/** Enough for several CopyData messages of 2,048 rows: about 3,000 visits and 6,700 treatments. */
const patients = 2000

/** Makes the database that every case copies. */
export async function makeWorld(): Promise<World> {
  const root = mkdtempSync(join(tmpdir(), 'caseload-crash-'))
  const origin = await createDatabase()
  const land = (name: string, seed: number, count: number): string => {
    const events = visitEvents({ seed, patients: count, mark: name })
    deliver(join(root, name), batch, events.map(withBadVisit))
    return join(root, name)
  }
  await run(origin.url, land('older', 1, 20))
  await run(origin.url, land('old', 2, patients))
  const landing = land('new', 3, patients)
  const clone: World['clone'] = () => copyOf(origin.url)
  const old = await seenByReaders(origin.url)
  const undisturbed = await clone()
  await run(undisturbed.url, landing)
  const seen = await seenByReaders(undisturbed.url)
  await undisturbed.drop()
  if (!/quarantine [1-9]/.test(seen) || seen === old)
    throw new Error(`two deliveries with bad rows expected: ${old}, ${seen}`)
  return {
    landing,
    old,
    new: seen,
    clone,
    end: async () => {
      await origin.drop()
      rmSync(root, { recursive: true, force: true })
    },
  }
}

/** In every hundredth record a visit on a day that there is not: it goes to quarantine with all that refers to it. */
function withBadVisit(event: VisitEvents, index: number): VisitEvents {
  if (index % 100 !== 0) return event
  return {
    ...event,
    visits: event.visits.map((visit, place) => (place === 0 ? { ...visit, date: '2023-02-30' } : visit)),
  }
}

async function run(url: string, landing: string): Promise<void> {
  const { code, stderr } = await caseload([...runArguments, '--landing', landing], { url })
  if (code !== 0) throw new Error(`a run that nobody disturbed ended with ${code}: ${stderr}`)
}

async function copyOf(url: string): Promise<Clone> {
  const copy = new URL(url)
  const server = new URL(url)
  server.pathname = '/postgres'
  const name = `caseload_crash_${randomBytes(6).toString('hex')}`
  copy.pathname = `/${name}`
  const template = quoteIdent(new URL(url).pathname.slice(1))
  // `file_copy` instead of a WAL of every page: 0.1 s a case.
  await rowsOf(server.href, `create database ${quoteIdent(name)} template ${template} strategy file_copy`)
  return {
    url: copy.href,
    drop: async () => {
      await rowsOf(server.href, `drop database if exists ${quoteIdent(name)} with (force)`)
    },
  }
}
