import { Command } from 'commander'
import type { Environment } from '../../platform/environment.ts'
import { UsageError } from '../../platform/errors.ts'
import { type ExitCode, exitCodeTable } from '../../platform/exit-codes.ts'
import { type FailureOptions, usageLine } from '../../platform/format-error.ts'
import { applyFlagVariables, nameFlagVariables } from './flag-variables.ts'

/** One command of the command line, before its module is loaded. */
export interface CommandEntry {
  readonly name: string
  /** Its line in `caseload --help`. */
  readonly summary: string
  /** Its heading there. */
  readonly group: CommandGroup
  load(): Promise<Command>
}

/** The headings of `caseload --help`. */
export type CommandGroup = (typeof commandGroups)[number]

/** In the order in which `caseload --help` shows them. */
export const commandGroups = ['Run', 'Inspect', 'Repair', 'Setup'] as const

/** How one command line is parsed. */
export interface ProgramOptions {
  /** The words of the command line. */
  readonly words: readonly string[]
  readonly env: Environment
  /** How commander's own error messages are written. */
  readonly failure: FailureOptions
}

/** `Exit codes: 0 done, 1 failed, ..., 129/130/143 signal;`. A shell reports a signal as 128 plus its number. */
function exitCodesLine(): string {
  const codes: readonly ExitCode[] = Object.values(exitCodeTable)
  const words = codes.filter(({ code }) => code < 128).map(({ code, short }) => `${code} ${short}`)
  const signals = codes.filter(({ code }) => code > 128).map(({ code }) => code)
  return `Exit codes: ${words.join(', ')}, ${signals.join('/')} signal;`
}

const footer = `
caseload without a command shows the first steps; caseload <command> --help shows flags and examples of a command.
Every flag has a variable: CASELOAD_MAX_BAD_ROWS=100 is --max-bad-rows 100. A flag overrides its variable.
The database is DATABASE_URL, or PGHOST and the other PG* variables, or else an embedded PostgreSQL that Caseload starts.
${exitCodesLine()}
--skip-exit-code sets the code for nothing to do.

Examples:
  caseload run source_a 2023-05-01
  caseload status
  caseload sql "select * from patient_treatment_summary where treatments_drug = 'Metformin'"`

/**
 * Builds the program: all commands by name and summary, and the called one with its arguments and flags, which variables
 * of the environment can set, too.
 *
 * @param entries all commands
 * @param called names of the commands to load; `caseload --help` needs none
 */
export async function buildProgram(
  entries: readonly CommandEntry[],
  called: readonly string[],
  options: ProgramOptions,
): Promise<Command> {
  const program = new Command('caseload')
    .description('Batch ETL for healthcare data: one source, one day, all tables published at once.')
    .usage('<command> [arguments] [flags]')
    // caseload help <command> is written as caseload <command> --help before commander sees it.
    .helpCommand(false)
    .addHelpText('after', footer)
    .option('-V, --version', 'print the version')
    .action(async (flags: { version?: boolean }) => {
      if (flags.version !== true) program.help()
      const { packageVersion } = await import('../../source/settings.ts')
      process.stdout.write(`${packageVersion()}\n`)
    })
  for (const group of commandGroups) {
    for (const entry of entries.filter(one => one.group === group)) {
      const command = called.includes(entry.name) ? await entry.load() : unloaded(entry.name)
      nameFlagVariables(command)
      program.addCommand(command.summary(entry.summary).helpGroup(`${group}:`))
    }
  }
  configure(program, options)
  return program
}

/** A command that only has a line in the help. Commander calls it if an option precedes the command's name. */
function unloaded(name: string): Command {
  return new Command(name)
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => {
      throw new UsageError(`Expected the command first, as in: caseload ${name} [arguments] [flags].`)
    })
}

/**
 * Commander exits 1 on a usage error and Caseload 2, so commander must not end the process itself. Its messages repeat
 * arguments, which are redacted: a connection string can be one.
 */
function configure(command: Command, options: ProgramOptions): void {
  command
    .exitOverride()
    .configureOutput({ writeErr: text => void process.stderr.write(usageLine(text, options.failure)) })
    .hook('preSubcommand', (_, called) => {
      // Help works even if a variable is invalid.
      if (options.words.some(word => word === '-h' || word === '--help')) return
      applyFlagVariables(called, options.words, options.env)
    })
  // With JSON, every write of commander becomes one object, and an error has to be a single one.
  if (options.failure.format === 'text') command.showHelpAfterError(hint(command))
  for (const inner of command.commands) configure(inner, options)
}

function hint(command: Command): string {
  const usage = command.createHelp().commandUsage(command)
  const [path = usage] = usage.split(/ [[<]/, 1)
  return `(usage: ${usage}; ${path} --help shows more)`
}
