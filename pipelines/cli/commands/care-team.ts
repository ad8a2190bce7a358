import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { isZoneName, zoneNameFault } from '../../contract/zone-name.ts'
import { addCare, countUnknown, endCare, listCare, type Sees } from '../../ledger/access/care-team.ts'
import { ensureMigrated } from '../../ledger/migrate.ts'
import { hasReadableLedger } from '../../ledger/schema-state.ts'
import { countText } from '../../platform/count-text.ts'
import { UsageError } from '../../platform/errors.ts'
import { textTable } from '../../platform/text-table.ts'
import { timeText } from '../../platform/time-text.ts'
import { careMoment } from './care-moment.ts'
import { commandLog } from './command-log.ts'
import { type CommonFlags, withCommonFlags } from './flags-common.ts'
import { tableStyle, utcOption } from './for-people.ts'
import { printJson } from './print-json.ts'
import { withSession } from './with-target.ts'

interface AddFlags extends CommonFlags {
  readonly all?: boolean
  readonly source?: string
  readonly patients?: string
  readonly facility?: string
  readonly devices?: boolean
  readonly user?: string
  readonly from?: string
  readonly to?: string
  readonly tz: string
  readonly json?: boolean
}

/** `caseload care add` */
export function addCommand(): Command {
  return withCommonFlags(new Command('add'))
    .description('let a login, or all members of a group, see patients')
    .argument('<member>', 'a login or a group of the server')
    .option('--all', 'every patient and every device')
    .option('--source <source>', 'a source: all its patients, or what the next options name of it')
    .option('--patients <file>', 'patients of the source: a file with one patient_id a line; - reads standard input')
    .option('--facility <name>', 'patients with a visit at this facility')
    .option('--devices', 'the devices of the source, and nothing about their patients')
    .option('--user <id>', 'what the role data of the source say of this user')
    .option('--from <day>', 'the first day, or a moment such as 2026-05-01T07:00:00Z (default: now)')
    .option('--to <day>', 'the last day, or a moment (default: until caseload care end)')
    .option('--tz <zone>', 'time zone of the days', 'UTC')
    .option('--json', 'print one JSON array: the ids of the entries')
    .addHelpText(
      'after',
      `
Examples:
  caseload care add dr_moss --source icu --patients ids.txt --to 2026-05-31 --tz Europe/Berlin
  caseload care add ward_north --source icu__north
  caseload care add ellis --source home_monitoring --user U-005
  caseload care add hospital_admin --all`,
    )
    .action(async (member: string, flags: AddFlags) => {
      const { sees, ids } = whatOf(flags)
      if (!isZoneName(flags.tz)) throw new UsageError(`--tz: ${zoneNameFault(flags.tz)}.`)
      const { from, to, tz } = flags
      const entries = await withSession(flags, 'writes', async session => {
        await ensureMigrated(session)
        const startsAt = from === undefined ? undefined : await careMoment(session, from, { zone: tz, end: false })
        const endsAt = to === undefined ? undefined : await careMoment(session, to, { zone: tz, end: true })
        if (endsAt !== undefined && new Date(endsAt) <= new Date(startsAt ?? Date.now())) {
          throw new UsageError('Expected --to after --from, and after now. Nothing was added.')
        }
        const made = await addCare(session, { member, sees, source: flags.source, ids, startsAt, endsAt })
        if (sees === 'patient' && flags.source !== undefined) {
          const unknown = await countUnknown(session, flags.source, ids)
          const said = `${unknown} of ${countText(ids.length, 'id')} ${unknown === 1 ? 'is' : 'are'} no patient of ${flags.source} yet`
          if (unknown > 0) commandLog(flags).warn('care', `${said}: compare the file with what the source delivers`)
        }
        return made
      })
      if (flags.json === true) printJson(entries)
      else process.stdout.write(`Added ${countText(entries.length, 'entry', 'entries')} for ${member}.\n`)
    })
}

function whatOf(flags: AddFlags): { readonly sees: Sees; readonly ids: readonly string[] } {
  const { all, source, patients, facility, devices, user } = flags
  const named = [patients, facility, devices, user].filter(one => one !== undefined).length
  if ((all === true) === (source !== undefined) || named > (all === true ? 0 : 1)) {
    throw new UsageError(
      'Expected --all, or --source with at most one of --patients, --facility, --devices and --user. See caseload care add --help.',
    )
  }
  if (all === true) return { sees: 'all', ids: [] }
  if (patients !== undefined) return { sees: 'patient', ids: patientsIn(patients) }
  if (facility !== undefined) return { sees: 'facility', ids: [facility] }
  if (user !== undefined) return { sees: 'user', ids: [user] }
  return { sees: devices === true ? 'devices' : 'source', ids: [] }
}

/** Ids of patients come from a file: arguments are seen by every user of the machine. */
function patientsIn(file: string): readonly string[] {
  let text: string
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch {
    throw new UsageError(`Expected a file of patient ids, could not read ${file}.`)
  }
  const ids = [...new Set(text.split(/\r?\n/).filter(line => line.trim() !== ''))]
  if (ids.length === 0) throw new UsageError(`Expected at least one patient id in ${file}, found none.`)
  return ids
}

interface ListFlags extends CommonFlags {
  readonly ended?: boolean
  readonly json?: boolean
  readonly utc?: boolean
}

/** `caseload care ls` */
export function lsCommand(): Command {
  return withCommonFlags(new Command('ls'))
    .description('list the entries of the care team, with the ids of patients')
    .argument('[member]', 'a login or a group (default: all)')
    .option('--ended', 'also those that have ended')
    .option('--json', 'print one JSON array')
    .addOption(utcOption())
    .addHelpText('after', '\nExamples:\n  caseload care ls\n  caseload care ls dr_moss --ended --json')
    .action(async (member: string | undefined, flags: ListFlags) => {
      const entries = await withSession(flags, 'reads', async session =>
        (await hasReadableLedger(session)) ? listCare(session, { member, ended: flags.ended === true }) : [],
      )
      if (flags.json === true) {
        printJson(entries)
        return
      }
      const rows = entries.map(one => [
        one.entry,
        one.member,
        one.sees,
        one.source ?? '',
        one.id ?? '',
        timeText(one.starts_at, flags.utc === true),
        one.ends_at === null ? '' : timeText(one.ends_at, flags.utc === true),
        one.added_by,
        one.state,
      ])
      const columns = ['entry', 'member', 'sees', 'source', 'id', 'from', 'to', 'added by', 'state']
      process.stdout.write(textTable(columns, rows, tableStyle()))
    })
}

/** `caseload care end` */
export function endCommand(): Command {
  return withCommonFlags(new Command('end'))
    .description('end entries of the care team now; they stay on record')
    .argument('<entries...>', 'numbers of entries, as caseload care ls shows them')
    .addHelpText('after', '\nExample:\n  caseload care end 12 13')
    .action(async (words: readonly string[], flags: CommonFlags) => {
      const entries = words.map(word => {
        if (!/^[1-9][0-9]{0,8}$/.test(word)) throw new UsageError(`Expected numbers of entries, found ${word}.`)
        return Number(word)
      })
      await withSession(flags, 'writes', async session => {
        await ensureMigrated(session)
        await endCare(session, entries)
      })
      process.stdout.write(`Ended ${countText(entries.length, 'entry', 'entries')}.\n`)
    })
}
