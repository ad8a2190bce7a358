import { MissingInputError } from '../../platform/errors.ts'
import type { Batch } from '../../source/batch.ts'
import type { Input } from '../../source/inputs.ts'
import { staticFolder } from '../../source/static-files.ts'
import { butAlike, claimedTwice, matcher, namesAlike, namesOfInput } from './file-patterns.ts'
import { type LandingEntry, type OddEntry, requirePlain, type StaticPlace, unreadFile } from './landing-entry.ts'

/** The static files of a source; entries are named as in a delivery, `static/codes.csv`. */
export interface StaticClaims {
  /** By input in the order of declaration, and by name within each. */
  readonly files: readonly { readonly input: string; readonly entry: LandingEntry }[]
  /** Files in the landing that no input claims. */
  readonly unclaimed: readonly LandingEntry[]
}

/**
 * Finds the static files of each static input: those of the first place that has any.
 *
 * @param places where they may lie; the landing first, whose other files count as a mistake
 * @throws as `claimFiles`
 */
export function claimStatic(
  places: readonly StaticPlace[],
  batch: Batch,
  inputs: Readonly<Record<string, Input>>,
  ignored: readonly string[],
): StaticClaims {
  const claims = new Map<LandingEntry | OddEntry, string>()
  const files = Object.entries(inputs).flatMap(([name, input]) => {
    const { place, entries } = placeOf(places, batch, input)
    return entries.map(entry => {
      const other = claims.get(entry)
      if (other !== undefined) throw claimedTwice(batch, other, name, inStatic(entry.name))
      claims.set(entry, name)
      return { input: name, entry: named(requirePlain(place, entry)) }
    })
  })
  const isIgnored = matcher(ignored, batch)
  const unclaimed = places
    .filter(place => place.isLanding)
    .flatMap(({ place, entries }) => {
      const rest = entries.filter(entry => !claims.has(entry))
      const passed = rest.filter(({ name }) => name.startsWith('.') || isIgnored(name))
      for (const entry of passed) unreadFile(place, entry)
      return rest.filter(entry => !passed.includes(entry)).map(entry => named(requirePlain(place, entry)))
    })
  return { files, unclaimed }
}

/** The first place with files of an input, and these; without any, no entry. */
function placeOf(places: readonly StaticPlace[], batch: Batch, input: Input): Omit<StaticPlace, 'isLanding'> {
  for (const { place, entries } of places) {
    const names = namesOfInput(
      place,
      batch,
      entries.map(entry => entry.name),
      input,
    )
    if (names.length > 0) return { place, entries: entries.filter(({ name }) => names.includes(name)) }
  }
  if (input.presence === 'optional') return { place: '', entries: [] }
  const alike = places.flatMap(({ entries }) =>
    namesAlike(
      batch,
      entries.map(entry => entry.name),
      input,
    ),
  )
  throw new MissingInputError(
    `Expected the static file ${input.files.join(' or ')} (or .gz) in ${places.map(({ place }) => place).join(', or in ')}, ` +
      `found no such file${butAlike([...new Set(alike)])}.`,
  )
}

const inStatic = (name: string): string => `${staticFolder}/${name}`

const named = (entry: LandingEntry): LandingEntry => ({ ...entry, name: inStatic(entry.name) })
