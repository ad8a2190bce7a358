import { readdirSync } from 'node:fs'
import type { Argument, Option } from 'commander'
import { transformerOf } from '../../source/batch.ts'
import { readSettings } from '../../source/settings.ts'
import { listTransformers } from '../../source/load-source.ts'
import { landedDates } from './first-steps.ts'

/** What may follow on a command line. */
export interface Completion {
  readonly words: readonly { readonly word: string; readonly about: string }[]
  /** The shell adds names of its own. */
  readonly paths?: 'files' | 'folders'
}

/** What is known of the command line so far, and where it is typed. */
export interface Place {
  /** The words that are neither flags nor their values. */
  readonly operands: readonly string[]
  /** The flags, and the values of those that have one. */
  readonly given: ReadonlyMap<Option, string | undefined>
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
}

/** Nothing may follow, or nothing is known to. */
export const none: Completion = { words: [] }

/** Of these words those that begin with what is typed. */
export function startingWith(current: string, words: Completion['words']): Completion {
  return { words: words.filter(({ word }) => word.startsWith(current)) }
}

/** What a flag or an argument takes, by its choices or else by the word in its brackets. */
export function valuesOf(taker: Option | Argument, current: string, place: Place): Completion {
  if (taker.argChoices !== undefined) return startingWith(current, taker.argChoices.map(plain))
  const kind = 'flags' in taker ? (/[<[]([\w-]+)/.exec(taker.flags)?.[1] ?? '') : taker.name()
  if (/^(dir|folder)$/.test(kind)) return { words: [], paths: 'folders' }
  if (/^(file|path|records|samples?)$/.test(kind)) return { words: [], paths: 'files' }
  if (/^sources?$/.test(kind)) return startingWith(current, sources(place).map(plain))
  if (/^(date|day)$/.test(kind)) {
    const [source = ''] = place.operands
    const { landing } = settingsOf(place)
    const days = landedDates(landing, source)
    const dashed = current.length <= 4 || current.includes('-')
    return startingWith(current, (dashed ? days : days.map(day => day.replaceAll('-', ''))).map(plain))
  }
  return none
}

const plain = (word: string): { word: string; about: string } => ({ word, about: '' })

function settingsOf({ given, env, cwd }: Place): ReturnType<typeof readSettings> {
  const landing = [...given].find(([option]) => option.long === '--landing')?.[1]
  // The shell hands words over as they are typed.
  return readSettings({ landing: landing?.replace(/^~(?=\/)/, env['HOME'] ?? '~') }, env, cwd)
}

/** The transformers, and the sites of theirs that have a landing folder. */
function sources(place: Place): readonly string[] {
  const { landing, sourceFolders } = settingsOf(place)
  const known = listTransformers(sourceFolders)
  const sites = listNames(landing).filter(name => name.includes('__') && known.includes(transformerOf(name)))
  return [...new Set([...known, ...sites])].filter(name => !place.operands.includes(name)).sort()
}

function listNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
