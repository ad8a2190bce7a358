import { z } from 'zod'
import { transformerOf } from './batch.ts'
import { UsageError } from '../platform/errors.ts'
import type { Transformer } from './transformer.ts'
import { isZoneName, zoneNameFault } from '../contract/zone-name.ts'

/** The `zone` of a class that cannot know it. */
export const requiredZone = 'required'

/**
 * Zones by name, as a class or a project declares them.
 *
 * @param isName true for a valid name
 * @param words what a valid name is, for the error
 */
export function zoneMap(isName: (name: string) => boolean, words: string): z.ZodType<Readonly<Record<string, string>>> {
  return z.record(z.string(), z.string()).superRefine((zones, context) => {
    for (const [name, zone] of Object.entries(zones)) {
      if (!isName(name)) {
        context.addIssue({ code: 'custom', message: `expected ${words}, found ${JSON.stringify(name.slice(0, 60))}` })
      }
      if (!isZoneName(zone)) context.addIssue({ code: 'custom', message: zoneNameFault(zone), path: [name] })
    }
  })
}

/**
 * The zone of a source: that of the project's configuration, else of the class for its site, else of the class.
 *
 * @param source `<transformer>` or `<transformer>__<site>`
 * @param configured by source, of the project; undefined outside of one
 * @throws UsageError with the places to name it, if the class requires it and no place does
 */
export function zoneOf(
  source: string,
  declared: Pick<Transformer, 'zone' | 'zones'>,
  configured: ReadonlyMap<string, string> | undefined,
): string {
  const transformer = transformerOf(source)
  const site = source === transformer ? transformer : source.slice(transformer.length + '__'.length)
  const ofSite = Object.hasOwn(declared.zones, site) ? declared.zones[site] : undefined
  const zone = configured?.get(source) ?? ofSite ?? declared.zone
  if (zone !== requiredZone) return zone
  throw new UsageError(
    `${source}: expected its time zone, which the class requires, found none. Name it in caseload.json of the project, ` +
      `"zones": { "${source}": "America/Chicago" }, or in the class ${transformer}, ` +
      `zones = { ${site}: 'America/Chicago' }.`,
  )
}

/** Sets the zone of a new transformer of one source. */
export function setZone(transformer: Transformer, zone: string): void {
  Object.defineProperty(transformer, 'zone', { value: zone, enumerable: true, configurable: true, writable: true })
}
