import type { Command, Option } from 'commander'
import { type Completion, none, type Place, startingWith, valuesOf } from './completion-values.ts'
import type { CommandEntry } from './program.ts'

/**
 * What may stand where the cursor is: commands, flags and their values, sources, days that have landed. It asks no
 * database and no object store.
 *
 * @param typed the words after `caseload`, the last one being completed (perhaps empty); bash gives `--flag=value` as three
 * @param entries all commands; the module of the one that is called is loaded
 */
export async function complete(
  typed: readonly string[],
  entries: readonly CommandEntry[],
  env: Place['env'],
  cwd: string,
): Promise<Completion> {
  const { before, current } = joined(typed)
  const [name, ...rest] = before[0] === 'help' ? before.slice(1) : before
  if (name === undefined) {
    const help = before.length === 0 ? [{ word: 'help', about: 'show the help of a command' }] : []
    const flags = current.startsWith('-') && before.length === 0 ? rootFlags : []
    return startingWith(current, [...entries.map(one => ({ word: one.name, about: one.summary })), ...help, ...flags])
  }
  const entry = entries.find(one => one.name === name)
  if (entry === undefined) return none
  const { command, words } = descend(await entry.load(), rest)
  if (before[0] === 'help') return startingWith(current, subcommandsOf(command))
  const { operands, given, pending } = read(command, words)
  const place: Place = { operands, given, env, cwd }
  if (pending !== undefined && !(given.has(pending) && current.startsWith('-')))
    return valuesOf(pending, current, place)
  const [, flag, value] = /^(--[^=]+)=(.*)$/s.exec(current) ?? []
  if (flag !== undefined && value !== undefined) {
    const option = command.options.find(one => one.long === flag)
    if (option === undefined) return none
    const { words: values, ...others } = valuesOf(option, value, place)
    return { ...others, words: values.map(({ word, about }) => ({ word: `${flag}=${word}`, about })) }
  }
  if (current.startsWith('-')) return startingWith(current, flagsOf(command, given))
  if (command.commands.length > 0) return startingWith(current, subcommandsOf(command))
  const { registeredArguments } = command
  const argument = registeredArguments[operands.length] ?? registeredArguments.findLast(one => one.variadic)
  return argument === undefined ? none : valuesOf(argument, current, place)
}

const rootFlags = [
  { word: '--help', about: 'show all commands' },
  { word: '--version', about: 'print the version' },
]

/** `--flag`, `=`, `value` are one flag and its value; without the sign they are read alike. */
function joined(typed: readonly string[]): { readonly before: readonly string[]; readonly current: string } {
  const current = typed.at(-1) ?? ''
  return { before: typed.slice(0, -1).filter(word => word !== '='), current: current === '=' ? '' : current }
}

function descend(command: Command, words: readonly string[]): { command: Command; words: readonly string[] } {
  const inner = command.commands.find(one => one.name() === words[0])
  return inner === undefined ? { command, words } : descend(inner, words.slice(1))
}

/** Splits words into operands and flags; `pending` is the flag whose value the cursor stands at. */
function read(
  command: Command,
  words: readonly string[],
): { operands: readonly string[]; given: ReadonlyMap<Option, string | undefined>; pending: Option | undefined } {
  const operands: string[] = []
  const given = new Map<Option, string | undefined>()
  let pending: Option | undefined
  for (const word of words) {
    if (pending !== undefined && !(pending.variadic && word.startsWith('-'))) {
      given.set(pending, word)
      // One that takes several takes all up to the next flag.
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

function flagsOf(command: Command, given: Place['given']): Completion['words'] {
  return command
    .createHelp()
    .visibleOptions(command)
    .filter(option => option.variadic || !given.has(option))
    .flatMap(({ long, description }) => (long === undefined ? [] : [{ word: long, about: description }]))
}

function subcommandsOf(command: Command): Completion['words'] {
  return command.commands.map(one => ({ word: one.name(), about: one.summary() || one.description() }))
}

/** One word a line, a tab before what it is about; the shell's own names are asked for by `:files` or `:folders`. */
export function completionLines({ words, paths }: Completion): string {
  const lines = words.map(({ word, about }) => (about === '' ? word : `${word}\t${firstSentence(about)}`))
  return [...lines, ...(paths === undefined ? [] : [`:${paths}`])].map(line => `${line}\n`).join('')
}

const firstSentence = (text: string): string => /^.*?(?=[.:;] |\.?$)/m.exec(text)?.[0] ?? ''
