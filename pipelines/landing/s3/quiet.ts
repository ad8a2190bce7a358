import { MissingInputError } from '../../platform/errors.ts'
import { quoteName } from '../../platform/file-name.ts'
import type { Ready } from '../../source/transformer.ts'
import type { StoredObject } from './objects.ts'

/**
 * Looks how long ago an object of a delivery came last: an object appears at once and whole, so its own time tells.
 *
 * @param url of the landing root, for the message
 * @param objects the delivery's, by file name
 * @throws MissingInputError naming the object and the seconds that are missing to the declared quiet age
 */
export function requireQuietObjects(
  url: string,
  objects: ReadonlyMap<string, StoredObject>,
  { quietSeconds }: Ready,
  now: Date,
): void {
  const [newest] = [...objects].sort(([, a], [, b]) => b.modified.getTime() - a.modified.getTime())
  if (quietSeconds === undefined || newest === undefined) return
  const [name, { modified }] = newest
  // The store's clock may be ahead of ours.
  const age = Math.max(0, (now.getTime() - modified.getTime()) / 1000)
  if (age >= quietSeconds) return
  throw new MissingInputError(
    `Expected no change of the delivery in ${url} for ${quietSeconds} s, but ${quoteName(name)} came ${Math.floor(age)} s ` +
      `ago. Run the batch again in ${Math.ceil(quietSeconds - age)} s.`,
  )
}
