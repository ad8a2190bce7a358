import type { Command, Option } from 'commander'
import { type Completion, noCompletion, type CompletionContext, startingWith, valuesOf } from './completion-values.ts'
import type { CommandEntry } from './program.ts'

/**
 * Suggests words for the cursor: commands, flags and their values, sources, landed days. It opens no database and no object
 * store.
 *
 * @param typed the words after `caseload`, the last one being completed (perhaps empty); bash passes `--flag=value` as three
 * @param entries all commands; only the module of the called one is loaded
 */
export async function complete(
  typed: readonly string[],
  entries: readonly CommandEntry[],
  env: CompletionContext['env'],
  cwd: string,
): Promise<Completion> {
  const { before, current } = withoutEqualsSigns(typed)
  const [name, ...rest] = before[0] === 'help' ? before.slice(1) : before
  if (name === undefined) {
    const help = before.length === 0 ? [{ word: 'help', about: 'show the help of a command' }] : []
    const flags = current.startsWith('-') && before.length === 0 ? rootFlags : []
    return startingWith(current, [...entries.map(one => ({ word: one.name, about: one.summary })), ...help, ...flags])
  }
  const entry = entries.find(one => one.name === name)
  if (entry === undefined) return noCompletion
  const { command, words } = descend(await entry.load(), rest)
  if (before[0] === 'help') return startingWith(current, subcommandsOf(command))
  const { operands, given, pending } = splitWords(command, words)
  const context: CompletionContext = { operands, given, env, cwd }
  if (pending !== undefined && !(given.has(pending) && current.startsWith('-')))
    return valuesOf(pending, current, context)
  const [, flag, value] = /^(--[^=]+)=(.*)$/s.exec(current) ?? []
  if (flag !== undefined && value !== undefined) {
    const option = command.options.find(one => one.long === flag)
    if (option === undefined) return noCompletion
    const { words: values, ...others } = valuesOf(option, value, context)
    return { ...others, words: values.map(({ word, about }) => ({ word: `${flag}=${word}`, about })) }
  }
  if (current.startsWith('-')) return startingWith(current, flagsOf(command, given))
  if (command.commands.length > 0) return startingWith(current, subcommandsOf(command))
  const { registeredArguments } = command
  const argument = registeredArguments[operands.length] ?? registeredArguments.findLast(one => one.variadic)
  return argument === undefined ? noCompletion : valuesOf(argument, current, context)
}

const rootFlags = [
  { word: '--help', about: 'show all commands' },
  { word: '--version', about: 'print the version' },
]

/** Drops the `=` of `--flag`, `=`, `value`: without it, flag and value are read in the same way. */
function withoutEqualsSigns(typed: readonly string[]): {
  readonly before: readonly string[]
  readonly current: string
} {
  const current = typed.at(-1) ?? ''
  return { before: typed.slice(0, -1).filter(word => word !== '='), current: current === '=' ? '' : current }
}

function descend(command: Command, words: readonly string[]): { command: Command; words: readonly string[] } {
  const inner = command.commands.find(one => one.name() === words[0])
  return inner === undefined ? { command, words } : descend(inner, words.slice(1))
}

/** Splits words into operands and flags; `pending` is the flag whose value is at the cursor. */
function splitWords(
  command: Command,
  words: readonly string[],
): { operands: readonly string[]; given: ReadonlyMap<Option, string | undefined>; pending: Option | undefined } {
  const operands: string[] = []
  const given = new Map<Option, string | undefined>()
  let pending: Option | undefined
  for (const word of words) {
    if (pending !== undefined && !(pending.variadic && word.startsWith('-'))) {
      given.set(pending, word)
      // A variadic flag takes all words up to the next flag.
      if (!pending.variadic) pending = undefined
      continue
    }
    pending = undefined
    const [flag = '', ...value] = word.split('=')
    const option = command.options.find(one => one.long === flag || one.short === flag)
    if (option !== undefined) {
      given.set(option, value.length === 0 ? undefined : value.join('='))
      if (option.required && value.length === 0) pending = option
    } else if (!word.startsWith('-')) operands.push(word)
  }
  return { operands, given, pending }
}

function flagsOf(command: Command, given: CompletionContext['given']): Completion['words'] {
  return command
    .createHelp()
    .visibleOptions(command)
    .filter(option => option.variadic || !given.has(option))
    .flatMap(({ long, description }) => (long === undefined ? [] : [{ word: long, about: description }]))
}

function subcommandsOf(command: Command): Completion['words'] {
  return command.commands.map(one => ({ word: one.name(), about: one.summary() || one.description() }))
}

/** One word a line, with a tab before its description; `:files` and `:folders` let the shell add names. */
export function completionLines({ words, paths }: Completion): string {
  const lines = words.map(({ word, about }) => (about === '' ? word : `${word}\t${firstSentence(about)}`))
  return [...lines, ...(paths === undefined ? [] : [`:${paths}`])].map(line => `${line}\n`).join('')
}

const firstSentence = (text: string): string => /^.*?(?=[.:;] |\.?$)/m.exec(text)?.[0] ?? ''
