import { Command } from 'commander'
import { examine } from '../../operate/doctor/examine.ts'
import { findingsText } from '../../operate/doctor/finding.ts'
import type { Environment } from '../../platform/environment.ts'
import { CaseloadError } from '../../platform/errors.ts'
import { type CommonFlags, withCommonFlags } from './flags-common.ts'
import { printJson } from './print-json.ts'

interface DoctorFlags extends CommonFlags {
  readonly json?: boolean
}

/** `caseload doctor` */
export function doctorCommand(): Command {
  return withCommonFlags(new Command('doctor'))
    .description(
      'Check everything that a run needs, such as versions, rights, locks, disks and clocks, and print how to fix what is ' +
        'wrong. Changes nothing and starts nothing; exit 1 if a finding is an error.',
    )
    .option('--json', 'print one JSON array with one object per finding: check, level, found, remedy')
    .addHelpText(
      'after',
      `
Examples:
  caseload doctor
  caseload doctor --landing /srv/landing
  caseload doctor --json | jq '.[] | select(.level != "ok")'`,
    )
    .action(async (flags: DoctorFlags) => {
      const { env } = process
      const findings = await examine({ env, cwd: process.cwd(), landing: flags.landing, keep: keptVersions(env) })
      if (flags.json === true) printJson(findings)
      else process.stdout.write(findingsText(findings))
      const errors = findings.filter(finding => finding.level === 'error')
      if (errors.length === 0) return
      const checks = [...new Set(errors.map(finding => finding.check))].join(', ')
      throw new CaseloadError(`Expected no errors, found errors of: ${checks}. Each finding above names its remedy.`)
    })
}

/** The number of versions that runs keep by default. */
function keptVersions(env: Environment): number {
  const asked = env['CASELOAD_KEEP'] ?? ''
  return /^\d{1,4}$/.test(asked) ? Number(asked) : 1
}
