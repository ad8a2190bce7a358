import type { CommandEntry } from './help/program.ts'

/** All commands. The module of a command is loaded only when the command is called: `caseload --help` loads none. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'run',
    summary: 'load or replace one batch: caseload run <source> <date>',
    group: 'Run',
    load: async () => (await import('./commands/run.ts')).runCommand(),
  },
  {
    name: 'backfill',
    summary: 'run every unpublished batch of a range of days, several at once',
    group: 'Run',
    load: async () => (await import('./commands/backfill.ts')).backfillCommand(),
  },
  {
    name: 'enqueue',
    summary: 'put the batches that a backfill would run into the queue',
    group: 'Run',
    load: async () => (await import('./commands/enqueue.ts')).enqueueCommand(),
  },
  {
    name: 'worker',
    summary: 'take batches from the queue and run them, on any number of machines',
    group: 'Run',
    load: async () => (await import('./commands/worker.ts')).workerCommand(),
  },
  {
    name: 'watch',
    summary: 'put batches into the queue when their deliveries come or change',
    group: 'Run',
    load: async () => (await import('./commands/watch.ts')).watchCommand(),
  },
  {
    name: 'cron',
    summary: 'set, list and remove timers, at which workers queue batches',
    group: 'Setup',
    load: async () => (await import('./commands/cron.ts')).cronCommand(),
  },
  {
    name: 'queue',
    summary: 'show the queue, cancel jobs, and take up dead ones',
    group: 'Inspect',
    load: async () => (await import('./commands/queue.ts')).queueCommand(),
  },
  {
    name: 'retry',
    summary: 'run every failed batch again',
    group: 'Repair',
    load: async () => (await import('./commands/retry.ts')).retryCommand(),
  },
  {
    name: 'rollback',
    summary: 'restore the previous version of a batch: caseload rollback <source> <date>',
    group: 'Repair',
    load: async () => (await import('./commands/rollback.ts')).rollbackCommand(),
  },
  {
    name: 'dismiss',
    summary: 'settle a batch that will not be loaded: caseload dismiss <source> <date> --reason <text>',
    group: 'Repair',
    load: async () => (await import('./commands/dismiss.ts')).dismissCommand(),
  },
  {
    name: 'unpublish',
    summary: 'take a batch or a source out of the tables: caseload unpublish <source> [date] --reason <text>',
    group: 'Repair',
    load: async () => (await import('./commands/unpublish.ts')).unpublishCommand(),
  },
  {
    name: 'land',
    summary: 'copy files or JSON records into the landing folder of a batch: caseload land <source> <date> <files...>',
    group: 'Run',
    load: async () => (await import('./commands/land.ts')).landCommand(),
  },
  {
    name: 'status',
    summary: 'show the state of every batch, by source and date',
    group: 'Inspect',
    load: async () => (await import('./commands/status.ts')).statusCommand(),
  },
  {
    name: 'report',
    summary: 'write one page of everything: states, sources, dictionary, lineage, quality',
    group: 'Inspect',
    load: async () => (await import('./commands/report.ts')).reportCommand(),
  },
  {
    name: 'plan',
    summary: 'show what a backfill would do and why, or what a run of one batch would change',
    group: 'Inspect',
    load: async () => (await import('./commands/plan.ts')).planCommand(),
  },
  {
    name: 'fields',
    summary: 'compare the declared fields of a source with a delivery: caseload fields <source> <date>',
    group: 'Inspect',
    load: async () => (await import('./commands/fields.ts')).fieldsCommand(),
  },
  {
    name: 'runs',
    summary: 'list runs, newest first',
    group: 'Inspect',
    load: async () => (await import('./commands/runs.ts')).runsCommand(),
  },
  {
    name: 'quarantine',
    summary: 'list and show rows that were not loaded, and run their batch again',
    group: 'Inspect',
    load: async () => (await import('./commands/quarantine.ts')).quarantineCommand(),
  },
  {
    name: 'check',
    summary: 'run the quality checks of a published batch again: caseload check <source> <date>',
    group: 'Inspect',
    load: async () => (await import('./commands/check.ts')).checkCommand(),
  },
  {
    name: 'try',
    summary: 'check the landing files of a day without a database: caseload try <source> [date]',
    group: 'Inspect',
    load: async () => (await import('./commands/try.ts')).tryCommand(),
  },
  {
    name: 'compact',
    summary: 'merge the old days of a source into one leaf per month: caseload compact <source> --before <date>',
    group: 'Repair',
    load: async () => (await import('./commands/compact.ts')).compactCommand(),
  },
  {
    name: 'doctor',
    summary: 'check everything that a run needs, and print how to fix what is wrong',
    group: 'Repair',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand(),
  },
  {
    name: 'gc',
    summary: 'remove the leftovers of dead runs, and versions beyond those kept',
    group: 'Repair',
    load: async () => (await import('./commands/gc.ts')).gcCommand(),
  },
  {
    name: 'retain',
    summary: 'remove old rows in quarantine, replaced versions and runs: caseload retain --quarantine 90d',
    group: 'Repair',
    load: async () => (await import('./commands/retain.ts')).retainCommand(),
  },
  {
    name: 'sql',
    summary: 'run a query and print its rows',
    group: 'Inspect',
    load: async () => (await import('./commands/sql.ts')).sqlCommand(),
  },
  {
    name: 'ls',
    summary: 'list the sources, tables and views',
    group: 'Inspect',
    load: async () => (await import('./commands/ls.ts')).lsCommand(),
  },
  {
    name: 'describe',
    summary: 'show what a source, a table or a view and its columns mean: caseload describe <name>',
    group: 'Inspect',
    load: async () => (await import('./commands/describe.ts')).describeCommand(),
  },
  {
    name: 'views',
    summary: 'create or replace the SQL views',
    group: 'Setup',
    load: async () => (await import('./commands/views.ts')).viewsCommand(),
  },
  {
    name: 'marts',
    summary: 'show, refresh, rebuild and drop the marts: tables that hold the rows of the views',
    group: 'Setup',
    load: async () => (await import('./commands/marts.ts')).martsCommand(),
  },
  {
    name: 'migrate',
    summary: 'create or upgrade the ledger and the tables',
    group: 'Setup',
    load: async () => (await import('./commands/migrate.ts')).migrateCommand(),
  },
  {
    name: 'prove',
    summary: 'try as each role what it may do, and compare with docs/roles.md: caseload prove access',
    group: 'Inspect',
    load: async () => (await import('./commands/prove.ts')).proveCommand(),
  },
  {
    name: 'grants',
    summary: 'print the statements for the roles, or for a login of one: caseload grants <login> --role <role>',
    group: 'Setup',
    load: async () => (await import('./commands/grants.ts')).grantsCommand(),
  },
  {
    name: 'care',
    summary: 'turn row rights on and off, and say which login sees which patients',
    group: 'Setup',
    load: async () => (await import('./commands/care.ts')).careCommand(),
  },
  {
    name: 'db',
    summary: 'start, stop, inspect and remove the embedded PostgreSQL',
    group: 'Setup',
    load: async () => (await import('./commands/db.ts')).dbCommand(),
  },
  {
    name: 'init',
    summary: 'create a folder for your own sources, tables and views',
    group: 'Setup',
    load: async () => (await import('./commands/init.ts')).initCommand(),
  },
  {
    name: 'new',
    summary: 'create a source from a sample: caseload new source <name> --from sample.csv',
    group: 'Setup',
    load: async () => (await import('./commands/new.ts')).newCommand(),
  },
  {
    name: 'config',
    summary: 'show every setting and where its value comes from',
    group: 'Setup',
    load: async () => (await import('./commands/config.ts')).configCommand(),
  },
  {
    name: 'notify',
    summary: 'try where notices go: caseload notify test',
    group: 'Setup',
    load: async () => (await import('./commands/notify.ts')).notifyCommand(),
  },
  {
    name: 'completion',
    summary: 'print a script that completes commands, flags, sources and days in bash or zsh',
    group: 'Setup',
    load: async () => (await import('./commands/completion.ts')).completionCommand(),
  },
]

/**
 * Commands that enter no project and take none of its settings: a broken project must not stop them. `config` reads the settings
 * itself, to say where each comes from.
 */
export const commandsWithoutProject: readonly string[] = ['init', 'db', 'completion', 'config']

/** Commands that publish batches, roll them back or unpublish them. */
export const publishingCommands: readonly string[] = [
  'run',
  'backfill',
  'worker',
  'retry',
  'rollback',
  'unpublish',
  'quarantine',
]
