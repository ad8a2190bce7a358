// A program for the tests: `caseload db ...` without the rest of the CLI.
import { Command } from 'commander'
import { dbCommand } from '../../pipelines/cli/commands/db.ts'
import { CaseloadError } from '../../pipelines/platform/errors.ts'

try {
  await new Command('caseload').addCommand(dbCommand()).parseAsync()
} catch (error) {
  if (!(error instanceof CaseloadError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = error.exitCode
}
