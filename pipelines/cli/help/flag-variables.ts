import { type Command, Help, InvalidArgumentError, type Option } from 'commander'
import type { Environment } from '../../platform/environment.ts'
import { UsageError } from '../../platform/errors.ts'

/**
 * Flags without a variable. A variable that was exported once and forgotten would make every later call print the keys of
 * patients, publish truncated full lists, or write a report that names hosts and files.
 */
export const onlyOnTheCommandLine: readonly string[] = ['--show-keys', '--allow-shrink', '--internal']

/** Flags of `care add`, which let a login see patients: a variable such as CASELOAD_ALL would let it see all of them. */
const givingCare: readonly string[] = ['all', 'source', 'patients', 'facility', 'devices', 'user', 'from', 'to', 'tz']

/** Whether a variable can set the flag. */
export function hasVariable(option: Option, path: string): boolean {
  if (onlyOnTheCommandLine.includes(option.long ?? '')) return false
  return path !== 'care add' || !givingCare.includes(option.name())
}

/**
 * Flags whose name means something else elsewhere, a day or a name, or whose variable names a folder; here a file, a period, an
 * age or nothing.
 */
const namedByCommand: readonly string[] = [
  'new source --from',
  'compact --to',
  'grants --sql',
  'report --sources',
  'retain --quarantine',
  'retain --kept',
  'retain --runs',
]

/**
 * The variable of a flag: `--max-bad-rows` is CASELOAD_MAX_BAD_ROWS in every command that has it; `--to` of `compact`, which
 * takes a period, is CASELOAD_COMPACT_TO.
 *
 * @param path the name of the option's command, such as `quarantine ls`
 */
export function variableOf(option: Option, path: string): string {
  const words = namedByCommand.includes(`${path} --${option.name()}`) ? `${path} ${option.name()}` : option.name()
  return `CASELOAD_${words.replaceAll(/[ -]/g, '_').toUpperCase()}`
}

/**
 * Assigns its variable to every option of a command and of its subcommands, and lets the help name it once. Commander's own
 * reading of variables is not used, because any value, even `0`, would set a flag: see {@link applyFlagVariables}.
 *
 * @param path the name of the command, with the name of its parent
 */
export function nameFlagVariables(command: Command, path = command.name()): void {
  for (const option of command.options) {
    if (hasVariable(option, path)) option.env(variableOf(option, path))
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
 * Sets the options of a command that the environment gives and the command line does not. An empty variable is ignored,
 * and so is one whose flag conflicts with a flag of the command line. For a flag without a value, `1` and `true` mean on,
 * `0` and `false` off.
 *
 * @param command the called command, before it is parsed
 * @param words the words of the command line
 * @throws UsageError naming the variable whose value does not fit
 */
export function applyFlagVariables(command: Command, words: readonly string[], env: Environment): void {
  const given = command.options.filter(option => isGiven(option, words))
  for (const option of command.options) {
    const variable = option.envVar
    const text = variable === undefined ? undefined : env[variable]
    if (variable === undefined || text === undefined || text === '') continue
    if (given.some(one => one === option || conflicts(one, option))) continue
    const name = option.attributeName()
    if (option.required || option.optional) {
      command.setOptionValueWithSource(name, valueOf(option, variable, text, command.getOptionValue(name)), 'env')
    } else if (isOn(option, variable, text)) {
      command.setOptionValueWithSource(name, !option.negate, 'env')
    }
  }
}

/** Commander keeps the names given to `conflicts()` in a field that its types leave out. */
function conflicts(one: Option, other: Option): boolean {
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

/** Spaces or commas separate several values in one variable. */
function valueOf(option: Option, variable: string, text: string, before: unknown): unknown {
  const { parseArg } = option
  const words = option.variadic ? text.split(/[\s,]+/).filter(word => word !== '') : [text]
  if (parseArg === undefined) return option.variadic ? words : text
  try {
    return words.reduce((value, word) => parseArg(word, value), before)
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw invalidVariable(option, variable, error.message, text)
    throw error
  }
}

function isOn(option: Option, variable: string, text: string): boolean {
  const word = text.toLowerCase()
  if (word === '1' || word === 'true') return true
  if (word === '0' || word === 'false') return false
  throw invalidVariable(option, variable, 'Expected 1 or true, 0 or false, or nothing.', text)
}

function invalidVariable(option: Option, variable: string, expected: string, text: string): UsageError {
  return new UsageError(
    `The variable ${variable} does not fit ${option.long ?? option.flags}: ${expected} ` +
      `Found ${JSON.stringify(text.slice(0, 40))}. Correct it or unset it.`,
  )
}
