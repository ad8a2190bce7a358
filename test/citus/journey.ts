import type { ExecutionContext } from 'ava'
import { callMain } from '../helpers/in-process.ts'
import { testLanding } from '../helpers/landing.ts'
import { sampleData } from '../helpers/samples.ts'
import { cpSync } from 'node:fs'
import { rowsOf } from '../helpers/database.ts'

/** A command and the exit code that it ends with, 0 by default. */
type Command = readonly [words: string, code?: number]

/** All that is done with batches, in an order in which each finds something to do. */
const commands: readonly Command[] = [
  ['run source_a 20230501'],
  ['backfill source_a icu --from 20230501 --to 20230503 --concurrency 2'],
  ['run source_a 20230502'],
  ['plan source_a 20230502'],
  ['plan source_a icu --from 20230501 --to 20230503'],
  ['rollback source_a 20230502'],
  ['unpublish source_a 20230501 --reason test'],
  ['status'],
  ['rollback source_a 20230501'],
  ['marts rebuild'],
  ['run icu 20230502'],
  ['marts refresh'],
  ['marts status'],
  ['compact source_a --before 20230701 --to month'],
  ['compact icu --before 20230701 --to month'],
  ['run source_a 20230501'],
  ['unpublish icu 20230503 --reason test'],
  ['check source_a 20230501'],
  ['quarantine ls icu 20230501'],
  ['dismiss source_a 20230509 --reason holiday'],
  ['runs'],
  ['enqueue intake --from 20230501 --to 20230501'],
  ['queue status'],
  ['worker --drain'],
  ['gc --keep 0'],
  ['retain --quarantine 1d --kept 1d --runs 1m'],
  ['retain --quarantine 1d --kept 1d --runs 1m --yes'],
  ['views'],
  ['marts drop --yes'],
  ['status --problems', 1],
]

/** Takes a database of target citus through all of them. */
export async function takeJourney(t: ExecutionContext, url: string): Promise<void> {
  const { root: landing } = testLanding(t)
  cpSync(sampleData, landing, { recursive: true })
  for (const [words, code = 0] of commands) {
    const ended = await callMain(words.split(' '), { DATABASE_URL: url, CASELOAD_LANDING: landing })
    t.is(ended.code, code, `${words}: ${ended.stderr.slice(-2000)}`)
  }
  t.deepEqual(
    await rowsOf(
      url,
      `select distinct status from caseload.runs where status not in ('published', 'planned', 'replaced', 'rolled_back')`,
    ),
    [],
  )
}
