import { Command, InvalidArgumentError } from 'commander'
import { hasReadableLedger } from '../../ledger/schema-state.ts'
import { ensureMigrated } from '../../ledger/migrate.ts'
import { previewRetention, retain, type Retention } from '../../operate/retain/retain.ts'
import { countText } from '../../platform/count-text.ts'
import { UsageError } from '../../platform/errors.ts'
import { textTable } from '../../platform/text-table.ts'
import { type CommonFlags, withCommonFlags } from './flags-common.ts'
import { tableStyle } from './for-people.ts'
import { printJson } from './print-json.ts'
import { withSession } from './with-target.ts'

interface RetainFlags extends CommonFlags {
  readonly quarantine?: string
  readonly kept?: string
  readonly runs?: string
  readonly yes?: boolean
  readonly json?: boolean
}

/** `caseload retain` */
export function retainCommand(): Command {
  return withCommonFlags(new Command('retain'))
    .description(
      'Remove what is older than an age: rows in quarantine, replaced versions of batches, and runs that nothing refers to. ' +
        'Without --yes it prints what would go and removes nothing. It never removes what is published, what the marts hold, or ' +
        'the version of a batch that was rolled back or unpublished. A batch that a run works on is left for the next call.',
    )
    .option('--quarantine <age>', 'remove rows in quarantine of runs that began so long ago, such as 90d', age)
    .option(
      '--kept <age>',
      'remove versions that were replaced so long ago, such as 30d; no rollback to them then',
      age,
    )
    .option('--runs <age>', 'remove runs from the ledger that began so long ago, such as 2y', age)
    .option('--yes', 'remove it')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  caseload retain --quarantine 90d --kept 30d --runs 2y
  caseload retain --quarantine 90d --kept 30d --runs 2y --yes`,
    )
    .action(async (flags: RetainFlags) => {
      const { quarantine, kept, runs } = flags
      if (quarantine === undefined && kept === undefined && runs === undefined)
        throw new UsageError('Expected an age in --quarantine, --kept or --runs, found none. Nothing was removed.')
      const ages = { quarantine, kept, runs }
      const found = await withSession(flags, flags.yes === true ? 'writes' : 'reads', async session => {
        if (flags.yes !== true) {
          return (await hasReadableLedger(session)) ? previewRetention(session, ages) : { batches: [], left: [] }
        }
        await ensureMigrated(session)
        // A session may read a kept version by its name; the next call removes it then.
        await session.query(`set lock_timeout = '1s'`)
        return retain(session, ages)
      })
      if (flags.json === true) printJson({ removed: flags.yes === true, ...found })
      else process.stdout.write(retentionText(found, flags.yes === true))
    })
}

const units: Readonly<Record<string, string>> = { d: 'days', m: 'months', y: 'years' }

/** Parses `90d`, `6m` or `2y` to an interval of PostgreSQL. */
function age(text: string): string {
  const [, count = '', unit = ''] = /^([1-9]\d{0,3})([dmy])$/.exec(text) ?? []
  if (count === '') throw new InvalidArgumentError('Expected days, months or years, such as 90d, 6m or 2y.')
  return `${count} ${units[unit] ?? ''}`
}

function retentionText({ batches, left }: Retention, isDone: boolean): string {
  const rows = batches.map(one => [one.source, one.date, one.rejected_rows, one.versions, one.runs])
  const table = textTable(['source', 'date', 'rows in quarantine', 'versions', 'runs'], rows, tableStyle())
  const count = countText(batches.length, 'batch', 'batches')
  const end = isDone ? `Removed from ${count}.\n` : `Of ${count}. Nothing was removed; add --yes to remove it.\n`
  return [
    batches.length === 0 ? 'Nothing is so old.\n' : `${table}${end}`,
    ...left.map(({ what, reason }) => `Left for now: ${what}: ${reason}.\n`),
  ].join('')
}
