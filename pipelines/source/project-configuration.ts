import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import type { RuleAction, RuleActions } from '../contract/rule-actions.ts'
import { UsageError } from '../platform/errors.ts'
import { configurationFile } from '../platform/find-project.ts'
import { readTextFile } from '../platform/text-file.ts'
import { configuration } from './configuration-schema.ts'

/** What a project says in `caseload.json`, or below `caseload` in its package.json. */
export interface ProjectConfiguration {
  /** The file, for messages: `caseload.json`, or `package.json` if that has `caseload`; undefined if neither does. */
  readonly file: string | undefined
  /** Names a key in a message: `package.json of the project: caseload.zones`. */
  readonly nameOf: (key: string) => string
  readonly values: z.infer<typeof configuration>
}

/**
 * Reads what a project says about itself.
 *
 * @param root absolute
 * @throws UsageError naming the file and each key that is wrong; it repeats no URL
 */
export function readConfiguration(root: string): ProjectConfiguration {
  const own = join(root, configurationFile)
  const manifest = join(root, 'package.json')
  const inManifest = existsSync(manifest) ? objectIn(manifest)['caseload'] : undefined
  if (!existsSync(own)) {
    if (inManifest === undefined) return checked(undefined, {})
    return checked('package.json', inManifest)
  }
  if (inManifest !== undefined) {
    throw new UsageError(
      `${configurationFile} and caseload in package.json are both in ${root}. Move all of it to ${configurationFile}.`,
    )
  }
  return checked(configurationFile, objectIn(own))
}

function checked(file: string | undefined, found: unknown): ProjectConfiguration {
  const below = file === 'package.json' ? ['caseload'] : []
  const nameOf = (key: string): string =>
    `${file ?? configurationFile} of the project: ${[...below, key].filter(part => part !== '').join('.')}`
  const read = configuration.safeParse(found)
  if (read.success) return { file, nameOf, values: read.data }
  const faults = read.error.issues.map(({ path, message }) => {
    const key = [...below, ...path.map(String)].join('.')
    return key === '' ? message : `${key}: ${message}`
  })
  throw new UsageError(`${file ?? configurationFile} of the project: ${faults.slice(0, 3).join('; ')}.`)
}

/** The zones of single sources, by source. */
export function configuredZones({ values }: ProjectConfiguration): ReadonlyMap<string, string> {
  return new Map(Object.entries(values.zones ?? {}))
}

/** The rules that a project changes for all its sources. Whether the rules exist is not checked here. */
export function configuredRules({ values }: ProjectConfiguration): RuleActions {
  return Object.fromEntries(
    Object.entries(values.rules ?? {}).map(([key, change]) => {
      const [[kind, words] = ['quarantine', '']] = Object.entries(change)
      return [key, { kind: kind as RuleAction['kind'], reason: words }]
    }),
  )
}

function objectIn(path: string): Readonly<Record<string, unknown>> {
  const found = parsed(path)
  if (typeof found === 'object' && found !== null && !Array.isArray(found)) {
    return found as Readonly<Record<string, unknown>>
  }
  throw new UsageError(`Expected a JSON object in ${path}, where the project configures Caseload, found another value.`)
}

function parsed(path: string): unknown {
  const text = readTextFile(path)
  try {
    return JSON.parse(text)
  } catch (error) {
    // The message of JSON.parse quotes the text.
    const [, position] = /position (\d+)/.exec((error as Error).message) ?? []
    const line = position === undefined ? '' : ` in line ${text.slice(0, Number(position)).split('\n').length}`
    throw new UsageError(
      `Expected JSON in ${path}, where the project configures Caseload, found something else${line}.`,
    )
  }
}
