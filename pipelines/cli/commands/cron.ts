import { Command } from 'commander'
import { isZoneName, zoneNameFault } from '../../contract/zone-name.ts'
import { hasReadableLedger } from '../../ledger/schema-state.ts'
import { ensureMigrated } from '../../ledger/migrate.ts'
import { makeQueue } from '../../operate/queue/boss.ts'
import { parseCron } from '../../operate/queue/cron.ts'
import { listTimers, removeTimer, setTimer } from '../../operate/queue/timers.ts'
import { UsageError } from '../../platform/errors.ts'
import { textTable } from '../../platform/text-table.ts'
import { timeText } from '../../platform/time-text.ts'
import { parseSource } from '../../source/batch.ts'
import { requireTransformers } from '../../source/load-source.ts'
import { readSettings } from '../../source/settings.ts'
import { wholeNumber } from './flag-values.ts'
import { type CommonFlags, withCommonFlags } from './flags-common.ts'
import { tableStyle, utcOption } from './for-people.ts'
import { printJson } from './print-json.ts'
import { withSession } from './with-target.ts'

interface SetFlags extends CommonFlags {
  readonly tz: string
  readonly daysBack: number
}

interface ListFlags extends CommonFlags {
  readonly json?: boolean
  readonly utc?: boolean
}

/** `caseload cron <command>` */
export function cronCommand(): Command {
  return new Command('cron')
    .description('Set, list and remove the times at which workers put batches into the queue.')
    .addHelpText(
      'after',
      "\nExamples:\n  caseload cron set nightly '30 5 * * *' --tz Europe/Berlin -- icu\n  caseload cron ls",
    )
    .addCommand(setCommand())
    .addCommand(lsCommand())
    .addCommand(rmCommand())
}

function setCommand(): Command {
  return withCommonFlags(new Command('set'))
    .description(
      'Set a timer, or replace one of its name. When it is due, one of the workers queues the unpublished batches of the ' +
        'days before. What was missed while no worker ran is queued once.',
    )
    .argument('<name>', 'name of the timer')
    .argument('<cron>', 'minute, hour, day, month and weekday in one word')
    .argument('[sources...]', 'sources or their sites (default: those of a backfill)')
    .requiredOption('--tz <zone>', 'time zone of the timer, such as Europe/Berlin')
    .option(
      '--days-back <n>',
      'queue the days from so many days before up to yesterday; 0: the day itself',
      wholeNumber(0, 3660),
      1,
    )
    .addHelpText(
      'after',
      `
A time that the clocks skip is due at the next minute that exists; one that they show twice is due once, at the first.

Examples:
  caseload cron set nightly '30 5 * * *' --tz Europe/Berlin
  caseload cron set ward '*/15 7-19 * * mon-fri' --tz America/New_York --days-back 0 -- icu__north`,
    )
    .action(async (name: string, cron: string, names: readonly string[], flags: SetFlags) => {
      if (!/^[a-z][a-z0-9_-]{0,29}$/.test(name)) {
        throw new UsageError(
          `Expected a name of lower-case letters, digits, - and _, at most 30; found ${JSON.stringify(name.slice(0, 40))}.`,
        )
      }
      parseCron(cron)
      if (!isZoneName(flags.tz)) throw new UsageError(`--tz: ${zoneNameFault(flags.tz)}.`)
      const sources = names.map(parseSource)
      requireTransformers(sources, readSettings(flags, process.env, process.cwd()).sourceFolders)
      await withSession(flags, 'makes', async session => {
        await ensureMigrated(session)
        await makeQueue(session)
        await setTimer(session, { name, cron, zone: flags.tz, sources, daysBack: flags.daysBack })
      })
      process.stdout.write(
        `${name} is due at ${cron} in ${flags.tz}. Workers that are not called with --drain keep it.\n`,
      )
    })
}

function lsCommand(): Command {
  return withCommonFlags(new Command('ls'))
    .description('List the timers.')
    .option('--json', 'print one JSON array')
    .addOption(utcOption())
    .addHelpText('after', '\nExamples:\n  caseload cron ls\n  caseload cron ls --json')
    .action(async (flags: ListFlags) => {
      const timers = await withSession(flags, 'reads', async session =>
        (await hasReadableLedger(session)) ? await listTimers(session) : [],
      )
      if (flags.json === true) {
        printJson(
          timers.map(({ name, cron, zone, sources, daysBack, lastDue }) => ({
            name,
            cron,
            zone,
            sources,
            days_back: daysBack,
            last_due: lastDue,
          })),
        )
        return
      }
      const rows = timers.map(one => [
        one.name,
        one.cron,
        one.zone,
        one.sources.length === 0 ? 'all' : one.sources.join(', '),
        one.daysBack,
        timeText(one.lastDue, flags.utc === true),
      ])
      const columns = ['name', 'cron', 'zone', 'sources', 'days back', 'queued up to']
      process.stdout.write(textTable(columns, rows, tableStyle()))
    })
}

function rmCommand(): Command {
  return withCommonFlags(new Command('rm'))
    .description('Remove a timer. Jobs that it queued stay.')
    .argument('<name>', 'name of the timer')
    .addHelpText('after', '\nExample:\n  caseload cron rm nightly')
    .action(async (name: string, flags: CommonFlags) => {
      const isRemoved = await withSession(flags, 'writes', async session => {
        await ensureMigrated(session)
        return removeTimer(session, name)
      })
      if (!isRemoved) {
        throw new UsageError(
          `Expected the name of a timer, found ${JSON.stringify(name.slice(0, 40))}. caseload cron ls lists them.`,
        )
      }
      process.stdout.write(`${name} is removed.\n`)
    })
}
