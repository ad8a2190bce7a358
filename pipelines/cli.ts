import { Command, CommanderError } from 'commander'
import { CaseloadError, exitCodes, UsageError } from './errors.ts'

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
  if (
    called !== undefined &&
    !called.startsWith('-') &&
    called !== 'help' &&
    !commands.some(one => one.name === called)
  ) {
    const names = commands.map(one => one.name).join(', ')
    return report(new UsageError(`There is no command ${JSON.stringify(called)}. The commands are ${names}.`))
  }
  const program = await buildProgram(called)
  program.hook('preAction', (_, command) => {
    const { landing } = command.opts<{ landing?: string }>()
    if (landing !== undefined) env['CASELOAD_LANDING'] = landing
  })
  try {
    await program.parseAsync(argv)
    return exitCodes.done
  } catch (error) {
    return report(error)
  }
}

async function buildProgram(called: string | undefined): Promise<Command> {
  const program = new Command('caseload')
    .description('Batch ETL for healthcare data: one source, one day, all tables published at once.')
    .exitOverride()
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
    program.addCommand(overrideExit(command.summary(entry.summary)))
  }
  return program
}

/** Commander exits 1 on a usage error; ours exit 2, so none of its commands may end the process itself. */
function overrideExit(command: Command): Command {
  command.exitOverride()
  for (const inner of command.commands) overrideExit(inner)
  return command
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
  if (error instanceof CaseloadError) {
    process.stderr.write(`caseload: ${error.message}\n`)
    return error.exitCode
  }
  process.stderr.write(
    `caseload: this is a bug, please report it.\n${error instanceof Error ? error.stack : String(error)}\n`,
  )
  return exitCodes.failed
}
