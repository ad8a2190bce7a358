import { tableStyle } from './for-people.ts'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import { type Collected, collectGarbage, type CollectOptions, previewGarbage } from '../../operate/gc/collect.ts'
import { isCaseload } from '../../operate/gc/dead-runs.ts'
import { garbageText } from '../../operate/gc/print.ts'
import { ensureMigrated } from '../../ledger/migrate.ts'
import { hasReadableLedger } from '../../ledger/schema-state.ts'
import { foreignObjects, hasLedger, obstacleError } from '../../ledger/ownership.ts'
import type { Log } from '../../platform/log.ts'
import type { Session } from '../../platform/postgres.ts'
import { defaultRetries } from '../../platform/retry.ts'
import { wholeNumbers } from '../../source/configuration-schema.ts'
import { readSettings } from '../../source/settings.ts'
import { commandLog } from './command-log.ts'
import { wholeNumber } from './flag-values.ts'
import { type CommonFlags, withCommonFlags } from './flags-common.ts'
import { printJson } from './print-json.ts'
import { withSession } from './with-target.ts'

interface GcFlags extends CommonFlags {
  readonly dryRun?: boolean
  readonly keep: number
  readonly json?: boolean
}

/** The longest wait of a run between two attempts, and the time it takes to connect, in milliseconds. */
const reconnectWithin = defaultRetries.longestWait + 15_000

const nothing: Collected = {
  batches: [],
  range_leaves: 0,
  stray_tables: [],
  lost_rejected_rows: 0,
  work_folders: [],
  left: [],
}

/** `caseload gc` */
export function gcCommand(): Command {
  return withCommonFlags(new Command('gc'))
    .description(
      'Remove the leftovers of dead runs (staged leaves, rejected rows, work folders) and the versions beyond those kept. ' +
        'A batch that runs now is skipped.',
    )
    .option('--dry-run', 'print what would be removed, and remove nothing')
    .option(
      '--keep <n>',
      'how many replaced versions of a batch to keep for a rollback',
      wholeNumber(...wholeNumbers.keep),
      1,
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  caseload gc --dry-run
  caseload gc
  caseload gc --keep 0     free the disk space of all replaced versions; a rollback is not possible then`,
    )
    .action(async (flags: GcFlags) => {
      const isPreview = flags.dryRun === true
      const { workRoot } = readSettings(flags, process.env, process.cwd())
      const parts: CollectOptions = {
        keep: flags.keep,
        workRoot,
        machine: { host: hostname(), isAlive: isCaseload },
        letThemReconnect: runs => letThemReconnect(runs, commandLog(flags)),
      }
      const collected = await withSession(flags, isPreview ? 'reads' : 'writes', session =>
        collect(session, parts, isPreview),
      )
      if (flags.json === true) printJson(collected)
      else process.stdout.write(garbageText(collected, isPreview, tableStyle()))
    })
}

async function collect(session: Session, parts: CollectOptions, isPreview: boolean): Promise<Collected> {
  if (!(await hasLedger(session))) {
    const foreign = await foreignObjects(session)
    if (foreign !== undefined) throw obstacleError(foreign)
    return nothing
  }
  if (isPreview) {
    if (!(await hasReadableLedger(session))) return nothing
    await session.query('set default_transaction_read_only = on')
    return previewGarbage(session, parts)
  }
  await ensureMigrated(session)
  // A session may read a detached version by its name; the next call removes it then.
  await session.query(`set lock_timeout = '1s'`)
  return collectGarbage(session, parts)
}

async function letThemReconnect(runs: number, log: Log): Promise<void> {
  const which = runs === 1 ? 'A run of another machine has' : `${runs} runs of other machines have`
  log.info('gc', `${which} no lock: dead, or between two attempts. Waiting ${reconnectWithin / 1000} s to find out.`)
  await sleep(reconnectWithin)
}
