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
import { readSettings } from '../../source/settings.ts'
import { mostKept, wholeNumber } from './batch-flags.ts'
import { commandLog } from './command-log.ts'
import { type CommonFlags, printJson, withCommonFlags, withSession } from './common.ts'

interface GcFlags extends CommonFlags {
  readonly dryRun?: boolean
  readonly keep: number
  readonly json?: boolean
}

/** A run may wait so long between two attempts, and take so long to connect, in milliseconds. */
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
      'Remove what dead runs left behind (staged leaves, rejected rows, work folders) and the versions beyond those kept. ' +
        'A batch that is being run is left alone.',
    )
    .option('--dry-run', 'say what would be removed, and remove nothing')
    .option('--keep <n>', 'how many replaced versions of a batch to keep for a rollback', wholeNumber(0, mostKept), 1)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  caseload gc --dry-run
  caseload gc
  caseload gc --keep 0     frees the disk that replaced versions take; there is nothing to roll back to then`,
    )
    .action(async (flags: GcFlags) => {
      const { workRoot } = readSettings(flags, process.env, process.cwd())
      const parts: CollectOptions = {
        keep: flags.keep,
        workRoot,
        machine: { host: hostname(), isAlive: isCaseload },
        letThemReconnect: runs => letThemReconnect(runs, commandLog(flags)),
      }
      const collected = await withSession(flags, session => collect(session, parts, flags.dryRun === true))
      if (flags.json === true) printJson(collected)
      else process.stdout.write(garbageText(collected, flags.dryRun === true))
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
  // A detached version may be read by somebody who knows its name; the next call gets it then.
  await session.query(`set lock_timeout = '1s'`)
  return collectGarbage(session, parts)
}

async function letThemReconnect(runs: number, log: Log): Promise<void> {
  const which = runs === 1 ? 'A run of another machine has' : `${runs} runs of other machines have`
  log.info('gc', `${which} no lock: dead, or between two attempts. Waiting ${reconnectWithin / 1000} s to tell.`)
  await sleep(reconnectWithin)
}
