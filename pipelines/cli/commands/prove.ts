import { Command } from 'commander'
import { accessColumns, provedRows } from '../../ledger/access/access-words.ts'
import { type AccessProof, proveAccess } from '../../ledger/access/prove-access.ts'
import { rolesRefused } from '../../ledger/layout.ts'
import { hasReadableLedger } from '../../ledger/schema-state.ts'
import { countText } from '../../platform/count-text.ts'
import { CaseloadError, UsageError } from '../../platform/errors.ts'
import { textTable } from '../../platform/text-table.ts'
import { type CommonFlags, withCommonFlags } from './flags-common.ts'
import { tableStyle } from './for-people.ts'
import { printJson } from './print-json.ts'
import { withSession } from './with-target.ts'

interface ProveFlags extends CommonFlags {
  readonly json?: boolean
}

/** `caseload prove` */
export function proveCommand(): Command {
  return new Command('prove')
    .description('Prove what a page of the documentation promises, in this database.')
    .addHelpText('after', '\nExample:\n  caseload prove access')
    .addCommand(accessCommand())
}

function accessCommand(): Command {
  return withCommonFlags(new Command('access'))
    .description(
      'take each role of docs/roles.md, try to read, write and call everything in the catalogue, roll it back, and compare with the ' +
        'table there; exit 1 if a role may do more or less. Needs a superuser, or a login that may take every role',
    )
    .option('--json', 'print one JSON object: groups of objects by role, and findings')
    .addHelpText('after', '\nExamples:\n  caseload prove access\n  caseload prove access --json')
    .action(async (flags: ProveFlags) => {
      const proof = await withSession(flags, 'reads', async session => {
        if (!(await hasReadableLedger(session))) throw new UsageError('Expected a database with a ledger, found none.')
        const refused = await rolesRefused(session)
        if (refused !== undefined) throw new UsageError(`${refused}.`)
        return proveAccess(session)
      })
      if (flags.json === true) printJson(proof)
      else process.stdout.write(proofText(proof))
      const { findings } = proof
      if (findings.length === 0) return
      throw new CaseloadError(
        `Expected what docs/roles.md says, found ${countText(findings.length, 'difference')}. caseload migrate grants and revokes ` +
          'what differs; what a role has through another role, revoke yourself.',
      )
    })
}

const shownFindings = 50

function proofText({ prefix, tried, groups, findings }: AccessProof): string {
  const lines = findings
    .slice(0, shownFindings)
    .map(
      ({ role, object, privilege, kind }) =>
        `${kind === 'beyond' ? 'too much' : 'too little'}: ${role}, ${object}: ${privilege}\n`,
    )
  const more = findings.length > shownFindings ? `and ${findings.length - shownFindings} more\n` : ''
  const verdict =
    findings.length === 0
      ? 'Every role may do what docs/roles.md says, and nothing else.\n'
      : `\n${lines.join('')}${more}`
  const rows = provedRows({ prefix, tried, groups, findings })
  return `${textTable(accessColumns, rows, tableStyle())}\nTried: ${countText(tried, 'object and role', 'objects and roles')} of ${prefix}_*.\n${verdict}`
}
