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
export const commandGroups = ['Load', 'Look', 'Mend', 'Set up'] as const

/** How one command line is parsed. */
export interface ProgramOptions {
  /** The words of the command line. */
  readonly words: readonly string[]
  readonly env: Environment
  /** How commander's own complaints are written. */
  readonly failure: FailureOptions
}

/** `Exit codes: 0 done, 1 failed, ..., 129/130/143 signal;`. A shell's code of a signal is 128 and its number. */
function exitCodesLine(): string {
  const codes: readonly ExitCode[] = Object.values(exitCodeTable)
  const words = codes.filter(({ code }) => code < 128).map(({ code, short }) => `${code} ${short}`)
  const signals = codes.filter(({ code }) => code > 128).map(({ code }) => code)
  return `Exit codes: ${words.join(', ')}, ${signals.join('/')} signal;`
}

const footer = `
caseload alone shows the first steps; caseload <command> --help shows the flags of a command, and examples.
Every flag has a variable: CASELOAD_MAX_BAD_ROWS=100 is --max-bad-rows 100, and a flag goes before its variable.
The database is DATABASE_URL, or PGHOST and its family, or else an embedded PostgreSQL that is started for you.
${exitCodesLine()}
--skip-exit-code names one for nothing to do.

Examples:
  caseload run source_a 2023-05-01
  caseload status
  caseload sql "select * from patient_treatment_summary where treatments_drug = 'Metformin'"`

/**
 * Makes the program: all commands by name and summary, and the one that is called with its arguments and flags, which
 * the environment may give too.
 *
 * @param entries all commands
 * @param called names of those to load; none are what `caseload --help` needs
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
  finish(program, options)
  return program
}

/** A command of which only the line in the help is needed. Commander gets to it where another word stands first. */
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
 * Commander exits 1 on a usage error; ours exit 2, so none of its commands may end the process itself. It repeats
 * arguments, and a connection string given as one is still a secret.
 */
function finish(command: Command, options: ProgramOptions): void {
  command
    .exitOverride()
    .configureOutput({ writeErr: text => void process.stderr.write(usageLine(text, options.failure)) })
    .hook('preSubcommand', (_, called) => {
      // Help is given whatever the environment says.
      if (options.words.some(word => word === '-h' || word === '--help')) return
      applyFlagVariables(called, options.words, options.env)
    })
  // As JSON the error is one object, and every write of commander's is one.
  if (options.failure.format === 'text') command.showHelpAfterError(hint(command))
  for (const inner of command.commands) finish(inner, options)
}

function hint(command: Command): string {
  const usage = command.createHelp().commandUsage(command)
  const [path = usage] = usage.split(/ [[<]/, 1)
  return `(usage: ${usage}; ${path} --help says more)`
}
