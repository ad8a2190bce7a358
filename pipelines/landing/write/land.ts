import type { Batch } from '../../source/batch.ts'
import { LockedError } from '../../platform/errors.ts'
import { signName } from '../delivery/file-patterns.ts'
import type { CreateFile } from './folder-writer.ts'
import type { LandingInput } from './landing-input.ts'
import { csvOf, readRecords } from './records.ts'

/** A file that was landed. */
export interface Landed {
  /** Path or URL. */
  readonly file: string
  readonly records: number
}

/** Maximum number of names that are tried; another file of the same millisecond has one of them. */
const tries = 100

/**
 * Validates JSON records and lands them as one file of a batch, named by the time: the pattern's `*` becomes the UTC time
 * as `20230501T081500123Z`, so that files sort in the order of their arrival.
 *
 * @param now the time of the name
 * @throws RefusedError if a record does not fit the declaration of the source; nothing is written then
 */
export async function landRecords(
  json: string,
  batch: Batch,
  target: LandingInput,
  create: CreateFile,
  now: Date,
): Promise<Landed> {
  const records = readRecords(json, target)
  const content = csvOf(records, target)
  for (let later = 0; later < tries; later++) {
    const time = new Date(now.getTime() + later).toISOString().replaceAll(/[-:.]/g, '')
    const file = await create(signName(target.pattern, batch).replace('*', time), content)
    if (file !== undefined) return { file, records: records.length }
  }
  throw new LockedError(`${tries} files with the time of this moment exist already; nothing was landed. Try again.`)
}
