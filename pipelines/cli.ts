import { Command, CommanderError } from 'commander'
import { exitCodes, UsageError } from './errors.ts'
import { exitCodeOf, failureLine, type FailureOptions, usageLine } from './failure-line.ts'
import { readLogFormat } from './log-format.ts'
import { redactor } from './redact.ts'

interface CommandEntry {
  readonly name: string
  readonly summary: string
  load(): Promise<Command>
}

/** The commands. A module is loaded only when its command is called: `caseload --help` loads none. */
const commands: readonly CommandEntry[] = [
  {
    name: 'run',
    summary: 'replace one batch: caseload run <source> <date>',
    load: async () => (await import('./commands/run.ts')).runCommand(),
  },
  {
    name: 'land',
    summary: 'check JSON records and land them as a file of a batch: caseload land <source> <date> <records>',
    load: async () => (await import('./commands/land.ts')).landCommand(),
  },
  {
    name: 'status',
    summary: 'what is published, failed and missing, by source and date',
    load: async () => (await import('./commands/status.ts')).statusCommand(),
  },
  {
    name: 'runs',
    summary: 'list runs, the newest first',
    load: async () => (await import('./commands/runs.ts')).runsCommand(),
  },
  {
    name: 'quarantine',
    summary: 'list and show rows that were not loaded, and run their batch again',
    load: async () => (await import('./commands/quarantine.ts')).quarantineCommand(),
  },
  {
    name: 'check',
    summary: 'run the quality checks of a published batch again: caseload check <source> <date>',
    load: async () => (await import('./commands/check.ts')).checkCommand(),
  },
  {
    name: 'sql',
    summary: 'run a query and print its rows',
    load: async () => (await import('./commands/sql.ts')).sqlCommand(),
  },
  {
    name: 'views',
    summary: 'make or replace the SQL views',
    load: async () => (await import('./commands/views.ts')).viewsCommand(),
  },
  {
    name: 'migrate',
    summary: 'make or extend the ledger and the tables',
    load: async () => (await import('./commands/migrate.ts')).migrateCommand(),
  },
  {
    name: 'db',
    summary: 'start, stop and look at the embedded PostgreSQL',
    load: async () => (await import('./commands/db.ts')).dbCommand(),
  },
]

const footer = `
The database is DATABASE_URL, or PGHOST and its family, or else an embedded PostgreSQL that is started for you.
Exit codes: 0 done, 1 failed, 2 usage, 3 data refused, 4 input missing, 75 locked, 124 timeout, 130/143 signal.

Examples:
  caseload run source_a 2023-05-01
  caseload status
  caseload sql "select * from patient_treatment_summary where treatments_drug = 'Metformin'"`

/**
 * Runs one command line.
 *
 * @param argv as process.argv
 * @returns the exit code
 */
export async function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const called = argv[2]
  // Node would print an error with all its fields, and the server's hold rows.
  process.once('uncaughtException', error => process.exit(report(error, env)))
  if (
    called !== undefined &&
    !called.startsWith('-') &&
    called !== 'help' &&
    !commands.some(one => one.name === called)
  ) {
    const names = commands.map(one => one.name).join(', ')
    return report(new UsageError(`There is no command ${JSON.stringify(called)}. The commands are ${names}.`), env)
  }
  const program = await buildProgram(called, spoken(env))
  program.hook('preAction', (_, command) => {
    const { landing, logFormat } = command.opts<{ landing?: string; logFormat?: string }>()
    if (landing !== undefined) env['CASELOAD_LANDING'] = landing
    env['CASELOAD_LOG_FORMAT'] = readLogFormat(logFormat, env)
  })
  try {
    await program.parseAsync(argv)
    return exitCodes.done
  } catch (error) {
    return report(error, env)
  }
}

async function buildProgram(called: string | undefined, options: FailureOptions): Promise<Command> {
  const program = new Command('caseload')
    .description('Batch ETL for healthcare data: one source, one day, all tables published at once.')
    .showHelpAfterError('(caseload --help shows the commands)')
    .addHelpText('after', footer)
    .option('-V, --version', 'print the version')
    .action(async (flags: { version?: boolean }) => {
      if (flags.version !== true) program.help()
      const { packageVersion } = await import('./settings.ts')
      process.stdout.write(`${packageVersion()}\n`)
    })
  for (const entry of commands) {
    const command = entry.name === called ? await entry.load() : new Command(entry.name)
    program.addCommand(command.summary(entry.summary))
  }
  return overrideExit(program, options)
}

/**
 * Commander exits 1 on a usage error; ours exit 2, so none of its commands may end the process itself. It repeats
 * arguments, and a connection string given as one is still a secret.
 */
function overrideExit(command: Command, options: FailureOptions): Command {
  command.exitOverride().configureOutput({ writeErr: text => void process.stderr.write(usageLine(text, options)) })
  for (const inner of command.commands) overrideExit(inner, options)
  return command
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
