import { readdirSync } from 'node:fs'
import type { Argument, Option } from 'commander'
import { transformerOf } from '../../source/batch.ts'
import { readSettings } from '../../source/settings.ts'
import { listTransformers } from '../../source/load-source.ts'
import { landedDates } from './first-steps.ts'
import type { Environment } from '../../platform/environment.ts'

/** The suggestions for the word at the cursor. */
export interface Completion {
  readonly words: readonly { readonly word: string; readonly about: string }[]
  /** The shell adds the names of files or folders. */
  readonly paths?: 'files' | 'folders'
}

/** The command line up to the cursor, and where it is typed. */
export interface CompletionContext {
  /** The words that are neither flags nor their values. */
  readonly operands: readonly string[]
  /** The flags, and the values of those that have one. */
  readonly given: ReadonlyMap<Option, string | undefined>
  readonly env: Environment
  readonly cwd: string
}

/** No suggestions. */
export const noCompletion: Completion = { words: [] }

/** The words that start with what is typed. */
export function startingWith(current: string, words: Completion['words']): Completion {
  return { words: words.filter(({ word }) => word.startsWith(current)) }
}

/** Suggests values of a flag or an argument, by its choices or else by the word in its brackets. */
export function valuesOf(value: Option | Argument, current: string, context: CompletionContext): Completion {
  if (value.argChoices !== undefined) return startingWith(current, value.argChoices.map(plain))
  const kind = 'flags' in value ? (/[<[]([\w-]+)/.exec(value.flags)?.[1] ?? '') : value.name()
  if (/^(dir|folder)$/.test(kind)) return { words: [], paths: 'folders' }
  if (/^(files?|path|samples?)$/.test(kind)) return { words: [], paths: 'files' }
  if (/^sources?$/.test(kind)) return startingWith(current, sources(context).map(plain))
  if (/^(date|day)$/.test(kind)) {
    const [source = ''] = context.operands
    const { landing } = settingsOf(context)
    const days = landedDates(landing, source)
    const dashed = current.length <= 4 || current.includes('-')
    return startingWith(current, (dashed ? days : days.map(day => day.replaceAll('-', ''))).map(plain))
  }
  return noCompletion
}

const plain = (word: string): { word: string; about: string } => ({ word, about: '' })

function settingsOf({ given, env, cwd }: CompletionContext): ReturnType<typeof readSettings> {
  const landing = [...given].find(([option]) => option.long === '--landing')?.[1]
  // The shell passes words as they are typed.
  return readSettings({ landing: landing?.replace(/^~(?=\/)/, env['HOME'] ?? '~') }, env, cwd)
}

/** The transformers, and their sites that have a landing folder. */
function sources(context: CompletionContext): readonly string[] {
  const { landing, sourceFolders } = settingsOf(context)
  const known = listTransformers(sourceFolders)
  const sites = listNames(landing).filter(name => name.includes('__') && known.includes(transformerOf(name)))
  return [...new Set([...known, ...sites])].filter(name => !context.operands.includes(name)).sort()
}

function listNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
