import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseSource } from './batch.ts'
import { strictObject } from '../contract/faults.ts'
import { UsageError } from '../platform/errors.ts'
import { readTextFile } from '../platform/text-file.ts'
import { zoneMap } from './source-zone.ts'

const configuration = strictObject({ zones: zoneMap(isSource, "a source's name, such as icu__north").optional() })

/**
 * The zones in a project's package.json: `"caseload": { "zones": { "icu__north": "America/Chicago" } }`.
 *
 * @param root absolute
 * @returns by source
 * @throws UsageError naming what is wrong below `caseload`
 */
export function configuredZones(root: string): ReadonlyMap<string, string> {
  const path = join(root, 'package.json')
  const found = existsSync(path) ? manifestOf(path) : {}
  if (found.caseload === undefined) return new Map()
  const checked = configuration.safeParse(found.caseload)
  if (checked.success) return new Map(Object.entries(checked.data.zones ?? {}))
  const faults = checked.error.issues.map(
    ({ path: place, message }) => `${['caseload', ...place.map(String)].join('.')}: ${message}`,
  )
  throw new UsageError(`package.json of the project: ${faults.slice(0, 3).join('; ')}.`)
}

function isSource(name: string): boolean {
  try {
    return parseSource(name) === name
  } catch {
    return false
  }
}

function manifestOf(path: string): { readonly caseload?: unknown } {
  try {
    const found: unknown = JSON.parse(readTextFile(path))
    return typeof found === 'object' && found !== null ? found : {}
  } catch {
    throw new UsageError(`Expected JSON in ${path}, where the project names its zones, found something else.`)
  }
}
