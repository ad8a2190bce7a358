import { z } from 'zod'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseSource } from './batch.ts'
import { saidText, strictObject } from '../contract/faults.ts'
import type { RuleAction, RuleActions } from '../contract/rule-actions.ts'
import { UsageError } from '../platform/errors.ts'
import { readTextFile } from '../platform/text-file.ts'
import { zoneMap } from './source-zone.ts'

const reason = saidText

const ruleChange = z.union(
  [
    strictObject({ off: reason }),
    strictObject({ warn: reason }),
    strictObject({ drop: reason }),
    strictObject({ quarantine: reason }),
  ],
  {
    error:
      'expected an action and the reason, such as { "off": "dates are shifted" }; actions are off, warn, drop and quarantine',
  },
)

const configuration = strictObject({
  zones: zoneMap(isSource, "a source's name, such as icu__north").optional(),
  rules: z.record(z.string().min(1), ruleChange).optional(),
})

/**
 * The zones in a project's package.json: `"caseload": { "zones": { "icu__north": "America/Chicago" } }`.
 *
 * @param root absolute
 * @returns by source
 * @throws UsageError naming what is wrong below `caseload`
 */
export function configuredZones(root: string): ReadonlyMap<string, string> {
  return new Map(Object.entries(readConfiguration(root).zones ?? {}))
}

/**
 * The rules that a project changes for all its sources: `"caseload": { "rules": { "birth_in_future": { "off": "dates are
 * shifted" } } }`. Whether the rules exist is not checked here.
 *
 * @param root absolute
 * @throws UsageError as {@link configuredZones} does
 */
export function configuredRules(root: string): RuleActions {
  return Object.fromEntries(
    Object.entries(readConfiguration(root).rules ?? {}).map(([key, change]) => {
      const [[kind, words] = ['quarantine', '']] = Object.entries(change)
      return [key, { kind: kind as RuleAction['kind'], reason: words }]
    }),
  )
}

function readConfiguration(root: string): z.infer<typeof configuration> {
  const path = join(root, 'package.json')
  const found = existsSync(path) ? manifestOf(path) : {}
  if (found.caseload === undefined) return {}
  const checked = configuration.safeParse(found.caseload)
  if (checked.success) return checked.data
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
    throw new UsageError(`Expected JSON in ${path}, where the project names its zones and rules, found something else.`)
  }
}
