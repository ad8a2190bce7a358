import { type Command, CommanderError } from 'commander'
import { UsageError } from '../platform/errors.ts'
import { exitCodes } from '../platform/exit-codes.ts'
import { exitCodeOf, failureLine, type FailureOptions } from '../platform/format-error.ts'
import { didYouMean } from '../platform/nearest.ts'
import { buildProgram, type CommandEntry } from './help/program.ts'
import { readLogFormat } from '../platform/log-format.ts'
import { withOutput } from './watch-output.ts'
import { redactor } from '../platform/redact.ts'

/** The commands. A module is loaded only when its command is called: `caseload --help` loads none. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'run',
    summary: 'replace one batch: caseload run <source> <date>',
    group: 'Load',
    load: async () => (await import('./commands/run.ts')).runCommand(),
  },
  {
    name: 'backfill',
    summary: 'run every batch of a range of days that is not published, several at once',
    group: 'Load',
    load: async () => (await import('./commands/backfill.ts')).backfillCommand(),
  },
  {
    name: 'retry',
    summary: 'run again what failed, each batch with its own date',
    group: 'Mend',
    load: async () => (await import('./commands/retry.ts')).retryCommand(),
  },
  {
    name: 'rollback',
    summary: 'put the version before the published one back: caseload rollback <source> <date>',
    group: 'Mend',
    load: async () => (await import('./commands/rollback.ts')).rollbackCommand(),
  },
  {
    name: 'land',
    summary: 'check JSON records and land them as a file of a batch: caseload land <source> <date> <records>',
    group: 'Load',
    load: async () => (await import('./commands/land.ts')).landCommand(),
  },
  {
    name: 'status',
    summary: 'what is published, failed and missing, by source and date',
    group: 'Look',
    load: async () => (await import('./commands/status.ts')).statusCommand(),
  },
  {
    name: 'plan',
    summary: 'what a backfill would do and why, or what a run of one batch would change',
    group: 'Look',
    load: async () => (await import('./commands/plan.ts')).planCommand(),
  },
  {
    name: 'runs',
    summary: 'list runs, the newest first',
    group: 'Look',
    load: async () => (await import('./commands/runs.ts')).runsCommand(),
  },
  {
    name: 'quarantine',
    summary: 'list and show rows that were not loaded, and run their batch again',
    group: 'Look',
    load: async () => (await import('./commands/quarantine.ts')).quarantineCommand(),
  },
  {
    name: 'check',
    summary: 'run the quality checks of a published batch again: caseload check <source> <date>',
    group: 'Look',
    load: async () => (await import('./commands/check.ts')).checkCommand(),
  },
  {
    name: 'compact',
    summary: 'merge the old days of a source into one leaf per month: caseload compact <source> --before <date>',
    group: 'Mend',
    load: async () => (await import('./commands/compact.ts')).compactCommand(),
  },
  {
    name: 'doctor',
    summary: 'look at everything that a run needs, and say what helps',
    group: 'Mend',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand(),
  },
  {
    name: 'gc',
    summary: 'remove what dead runs left behind, and versions beyond those kept',
    group: 'Mend',
    load: async () => (await import('./commands/gc.ts')).gcCommand(),
  },
  {
    name: 'sql',
    summary: 'run a query and print its rows',
    group: 'Look',
    load: async () => (await import('./commands/sql.ts')).sqlCommand(),
  },
  {
    name: 'views',
    summary: 'make or replace the SQL views',
    group: 'Set up',
    load: async () => (await import('./commands/views.ts')).viewsCommand(),
  },
  {
    name: 'migrate',
    summary: 'make or extend the ledger and the tables',
    group: 'Set up',
    load: async () => (await import('./commands/migrate.ts')).migrateCommand(),
  },
  {
    name: 'db',
    summary: 'start, stop and look at the embedded PostgreSQL',
    group: 'Set up',
    load: async () => (await import('./commands/db.ts')).dbCommand(),
  },
  {
    name: 'init',
    summary: 'make a folder for sources, tables and views of your own',
    group: 'Set up',
    load: async () => (await import('./commands/init.ts')).initCommand(),
  },
  {
    name: 'new',
    summary: 'make a source from a sample: caseload new source <name> --from sample.csv',
    group: 'Set up',
    load: async () => (await import('./commands/new.ts')).newCommand(),
  },
  {
    name: 'completion',
    summary: 'complete commands, flags, sources and days in bash or zsh',
    group: 'Set up',
    load: async () => (await import('./commands/completion.ts')).completionCommand(),
  },
]

/** These need nothing of a project, and a broken one must not be in their way. */
const withoutProject = ['init', 'db', 'completion']

/** These publish batches, or put published ones back. */
const publishers = ['run', 'backfill', 'retry', 'rollback', 'quarantine']

/** Every command, loaded with its arguments and flags; for what looks at all of them. */
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
 * @returns the exit code
 */
export async function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const words = withHelpLast(withoutMark(argv.slice(2)))
  const [called] = words
  if (called === '__complete') return completeWords(words.slice(1), env)
  const call = (): Promise<number> => callCommand(called, words, env)
  return withOutput(publishers.includes(called ?? ''), call, error => report(error, env))
}

async function callCommand(
  called: string | undefined,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  // Node would print an error with all its fields, and the server's hold rows.
  process.once('uncaughtException', error => process.exit(report(error, env)))
  try {
    // Like docker and cargo: who calls nothing asks what there is, and gets it.
    if (called === undefined) {
      process.stdout.write(await beginning(env))
      return exitCodes.done
    }
    if (!called.startsWith('-')) requireCommand(called)
    const program = await buildProgram(commands, [called], { words, env, failure: spoken(env) })
    program.hook('preAction', async (_, command) => {
      const { landing, logFormat } = command.opts<{ landing?: string; logFormat?: string }>()
      if (landing !== undefined) env['CASELOAD_LANDING'] = landing
      env['CASELOAD_LOG_FORMAT'] = readLogFormat(logFormat, env)
      if (called.startsWith('-') || withoutProject.includes(called)) return
      const { enterProject } = await import('../source/enter.ts')
      await enterProject(env, process.cwd())
    })
    await program.parseAsync(words, { from: 'user' })
    return exitCodes.done
  } catch (error) {
    return report(error, env)
  }
}

/** `caseload -- run` is `caseload run`: before the command there is nothing that the mark could end. */
function withoutMark(words: readonly string[]): readonly string[] {
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

async function beginning(env: NodeJS.ProcessEnv): Promise<string> {
  const { firstSteps } = await import('./help/first-steps.ts')
  const { readSettings } = await import('../source/settings.ts')
  const { findProject } = await import('../platform/find-project.ts')
  const cwd = process.cwd()
  return firstSteps({
    landing: readSettings({}, env, cwd).landing,
    inProject: findProject(env, cwd) !== undefined,
    program: env['npm_command'] === 'exec' ? 'npx caseload' : 'caseload',
  })
}

/** What the completion of a shell asks. Whatever is wrong, nothing is printed into the line that a person is typing. */
async function completeWords(typed: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  process.once('uncaughtException', () => process.exit(exitCodes.done))
  try {
    const { complete, completionLines } = await import('./help/shell-completion.ts')
    process.stdout.write(completionLines(await complete(typed, commands, env, process.cwd())))
  } catch {
    // Nothing is known to follow.
  }
  return exitCodes.done
}

/** Says on standard error what went wrong, with no secret of the environment and no value of a row. */
function report(error: unknown, env: NodeJS.ProcessEnv): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
  process.stderr.write(failureLine(error, spoken(env)))
  return exitCodeOf(error)
}

function spoken(env: NodeJS.ProcessEnv): FailureOptions {
  return { format: env['CASELOAD_LOG_FORMAT'] === 'json' ? 'json' : 'text', redact: redactor(env) }
}
