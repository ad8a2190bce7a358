import { type Command, Help, InvalidArgumentError, type Option } from 'commander'
import type { Environment } from '../../platform/environment.ts'
import { UsageError } from '../../platform/errors.ts'

/**
 * Flags that no variable sets. One that was exported once and forgotten would make every later call print the keys of
 * patients, or publish every list that is cut short.
 */
export const onlyOnTheCommandLine: readonly string[] = ['--show-keys', '--allow-shrink']

/** Flags whose name is another thing in other commands: a day there is a file or a period here. */
const namedByCommand: readonly string[] = ['new source --from', 'compact --to']

/**
 * The variable of a flag: `--max-bad-rows` is CASELOAD_MAX_BAD_ROWS in every command that has it; `--to` of `compact`, which
 * is no day, is CASELOAD_COMPACT_TO.
 *
 * @param path the words by which the option's command is called, such as `quarantine ls`
 */
export function variableOf(option: Option, path: string): string {
  const words = namedByCommand.includes(`${path} --${option.name()}`) ? `${path} ${option.name()}` : option.name()
  return `CASELOAD_${words.replaceAll(/[ -]/g, '_').toUpperCase()}`
}

/**
 * Gives every option of a command and of its subcommands its variable, so that the help names it, once. Commander's own
 * reading of variables does not come into it (it takes a flag as set by any value, also by `0`): see
 * {@link applyFlagVariables}.
 *
 * @param path the words by which the command is called
 */
export function nameFlagVariables(command: Command, path = command.name()): void {
  for (const option of command.options) {
    if (!onlyOnTheCommandLine.includes(option.long ?? '')) option.env(variableOf(option, path))
  }
  command.configureHelp({
    optionDescription: option => {
      const named = option.envVar !== undefined && option.description.includes(option.envVar)
      const shown: Option = named ? (Object.create(option, { envVar: { value: undefined } }) as Option) : option
      return Help.prototype.optionDescription(shown)
    },
  })
  for (const inner of command.commands) nameFlagVariables(inner, `${path} ${inner.name()}`)
}

/**
 * Sets the options of one command that the environment gives and the command line does not. An empty variable is as if
 * it were not there, and so is one whose flag cannot go together with a flag of the command line. A flag without a value
 * is on by `1` and `true`, off by `0` and `false`.
 *
 * @param command the command that is called, before it is parsed
 * @param words the words of the command line
 * @throws UsageError naming the variable whose value does not fit
 */
export function applyFlagVariables(command: Command, words: readonly string[], env: Environment): void {
  const given = command.options.filter(option => isGiven(option, words))
  for (const option of command.options) {
    const variable = option.envVar
    const text = variable === undefined ? undefined : env[variable]
    if (variable === undefined || text === undefined || text === '') continue
    if (given.some(one => one === option || conflict(one, option))) continue
    const name = option.attributeName()
    if (option.required || option.optional) {
      command.setOptionValueWithSource(name, valueOf(option, variable, text, command.getOptionValue(name)), 'env')
    } else if (isOn(option, variable, text)) {
      command.setOptionValueWithSource(name, !option.negate, 'env')
    }
  }
}

/** Commander keeps what `conflicts()` was told in a field that its types leave out. */
function conflict(one: Option, other: Option): boolean {
  const names = (option: Option): readonly string[] =>
    (option as Option & { readonly conflictsWith: readonly string[] }).conflictsWith
  return names(one).includes(other.attributeName()) || names(other).includes(one.attributeName())
}

function isGiven({ long, short }: Option, words: readonly string[]): boolean {
  const end = words.indexOf('--')
  return (end === -1 ? words : words.slice(0, end)).some(
    word =>
      (long !== undefined && (word === long || word.startsWith(`${long}=`))) ||
      (short !== undefined && !word.startsWith('--') && word.startsWith(short)),
  )
}

/** Several values of one flag stand in its variable side by side, with spaces or commas between them. */
function valueOf(option: Option, variable: string, text: string, before: unknown): unknown {
  const { parseArg } = option
  const words = option.variadic ? text.split(/[\s,]+/).filter(word => word !== '') : [text]
  if (parseArg === undefined) return option.variadic ? words : text
  try {
    return words.reduce((value, word) => parseArg(word, value), before)
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw unfit(option, variable, error.message, text)
    throw error
  }
}

function isOn(option: Option, variable: string, text: string): boolean {
  const word = text.toLowerCase()
  if (word === '1' || word === 'true') return true
  if (word === '0' || word === 'false') return false
  throw unfit(option, variable, 'Expected 1 or true, 0 or false, or nothing.', text)
}

function unfit(option: Option, variable: string, expected: string, text: string): UsageError {
  return new UsageError(
    `The variable ${variable} does not fit ${option.long ?? option.flags}: ${expected} ` +
      `Found ${JSON.stringify(text.slice(0, 40))}. Correct it or unset it.`,
  )
}
