import { type Command, CommanderError } from 'commander'
import { UsageError } from '../platform/errors.ts'
import { exitCodes } from '../platform/exit-codes.ts'
import { exitCodeOf, failureLine, type FailureOptions } from '../platform/format-error.ts'
import { didYouMean } from '../platform/nearest.ts'
import { readLogFormat } from '../platform/log-format.ts'
import { redactor } from '../platform/redact.ts'
import { commands } from './command-list.ts'
import { buildProgram } from './help/program.ts'
import { OutputError, watchOutput } from './watch-output.ts'

/**
 * Commands that enter no project and take none of its settings: a broken project must not stop them. `config` reads the settings
 * itself, to say where each comes from.
 */
const commandsWithoutProject: readonly string[] = ['init', 'db', 'completion', 'config']

/** Commands that publish batches, roll them back or unpublish them. */
const publishingCommands: readonly string[] = [
  'run',
  'backfill',
  'worker',
  'retry',
  'rollback',
  'unpublish',
  'quarantine',
]

/** Every command, loaded with its arguments and flags. */
export async function allCommands(): Promise<Command> {
  const failure: FailureOptions = { format: 'text', redact: text => text }
  return buildProgram(
    commands,
    commands.map(one => one.name),
    { words: [], env: {}, failure },
  )
}

/**
 * Runs one command line.
 *
 * @param argv as process.argv
 * @returns the exit code: that of the command, or, if the command succeeded and its result was lost, that of the OutputError
 */
export async function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const words = withHelpLast(withoutLeadingDashes(argv.slice(2)))
  const [called] = words
  if (called === '__complete') return completeWords(words.slice(1), env)
  const output = watchOutput()
  const code = await callCommand(called, words, env)
  const lost = await output.lost()
  if (lost === undefined) return code
  const isPublished = publishingCommands.includes(called ?? '') && code === exitCodes.done
  const outputCode = report(OutputError.of(lost, isPublished), env)
  return code === exitCodes.done ? outputCode : code
}

async function callCommand(
  called: string | undefined,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  // Node would print all fields of the error, and errors of the server hold rows.
  process.once('uncaughtException', error => process.exit(report(error, env)))
  try {
    // As docker and cargo do: without a command, print an overview.
    if (called === undefined) {
      process.stdout.write(await overview(env))
      return exitCodes.done
    }
    if (!called.startsWith('-')) requireCommand(called)
    if (readsSettings(called, words)) await applySettings(env, 'secrets')
    const program = await buildProgram(commands, [called], { words, env, failure: failureOptions(env) })
    program.hook('preAction', async (_, command) => {
      const { landing, logFormat } = command.opts<{ landing?: string; logFormat?: string }>()
      if (landing !== undefined) env['CASELOAD_LANDING'] = landing
      const format = readLogFormat(logFormat, env)
      if (logFormat !== undefined) env['CASELOAD_LOG_FORMAT'] = format
      if (called.startsWith('-') || commandsWithoutProject.includes(called)) return
      const { enterProject } = await import('../source/enter.ts')
      await enterProject(env, process.cwd())
    })
    await program.parseAsync(words, { from: 'user' })
    return exitCodes.done
  } catch (error) {
    return report(error, env)
  }
}

/** Help works in a broken project. */
function readsSettings(called: string, words: readonly string[]): boolean {
  if (called.startsWith('-') || commandsWithoutProject.includes(called)) return false
  return !words.some(word => word === '-h' || word === '--help')
}

/** @param reads also secrets that are in files, or that commands say */
async function applySettings(env: NodeJS.ProcessEnv, reads: 'settings' | 'secrets' = 'settings'): Promise<void> {
  if (reads === 'secrets') {
    const { readSecrets } = await import('../platform/secrets.ts')
    readSecrets(env)
  }
  const { applyConfiguration } = await import('../source/resolve-settings.ts')
  applyConfiguration(env, process.cwd())
}

/** `caseload -- run` is `caseload run`. */
function withoutLeadingDashes(words: readonly string[]): readonly string[] {
  return words[0] === '--' ? words.slice(1) : words
}

/** `help run` and `--help run` are `run --help`; `help` alone is `--help`. */
function withHelpLast(words: readonly string[]): readonly string[] {
  const [first, second] = words
  const asked = first === 'help' || ((first === '--help' || first === '-h') && second !== undefined)
  return asked ? [...words.slice(1), '--help'] : words
}

function requireCommand(called: string): void {
  const names = commands.map(one => one.name)
  if (names.includes(called)) return
  throw new UsageError(
    `There is no command ${JSON.stringify(called.slice(0, 40))}.${didYouMean(called, names)} ` +
      `The commands are ${names.join(', ')}.`,
  )
}

async function overview(env: NodeJS.ProcessEnv): Promise<string> {
  const { firstSteps } = await import('./help/first-steps.ts')
  const { readSettings } = await import('../source/settings.ts')
  const { findProject } = await import('../platform/find-project.ts')
  const cwd = process.cwd()
  await applySettings(env)
  return firstSteps({
    landing: readSettings({}, env, cwd).landing,
    inProject: findProject(env, cwd) !== undefined,
    program: env['npm_command'] === 'exec' ? 'npx caseload' : 'caseload',
  })
}

/** Answers the completion of a shell. An error prints nothing: it would land in the line that the user types. */
async function completeWords(typed: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  process.once('uncaughtException', () => process.exit(exitCodes.done))
  try {
    await applySettings(env)
    const { complete, completionLines } = await import('./help/shell-completion.ts')
    process.stdout.write(completionLines(await complete(typed, commands, env, process.cwd())))
  } catch {
    // No suggestion.
  }
  return exitCodes.done
}

/** Writes an error to standard error, without secrets of the environment and values of rows. */
function report(error: unknown, env: NodeJS.ProcessEnv): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
  process.stderr.write(failureLine(error, failureOptions(env)))
  return exitCodeOf(error)
}

function failureOptions(env: NodeJS.ProcessEnv): FailureOptions {
  return { format: env['CASELOAD_LOG_FORMAT'] === 'json' ? 'json' : 'text', redact: redactor(env) }
}
