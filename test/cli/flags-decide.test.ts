import test from 'ava'
import { Command } from 'commander'
import { commands } from '../../pipelines/cli/command-list.ts'
import { withDecideFlags } from '../../pipelines/cli/commands/flags-decide.ts'
import { applyFlagVariables, nameFlagVariables } from '../../pipelines/cli/help/flag-variables.ts'
import { complete } from '../../pipelines/cli/help/shell-completion.ts'
import { reprocessLevels } from '../../pipelines/operate/backfill/decide.ts'
import { UsageError } from '../../pipelines/platform/errors.ts'
import { root } from '../helpers/cli.ts'

interface Parsed {
  readonly reprocess: unknown
  /** How the value was given. */
  readonly source: string | undefined
  readonly warnings: readonly string[]
}

function parsed(words: readonly string[], env: Readonly<Record<string, string>> = {}): Parsed {
  const warnings: string[] = []
  const command = withDecideFlags(new Command('backfill'), (_, message) => void warnings.push(message))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .action(() => undefined)
  nameFlagVariables(command)
  applyFlagVariables(command, words, env)
  command.parse(words, { from: 'user' })
  return {
    reprocess: command.getOptionValue('reprocess'),
    source: command.getOptionValueSource('reprocess'),
    warnings,
  }
}

test('--reprocess takes each level, and unpublished without the flag', t => {
  t.deepEqual(parsed([]), { reprocess: 'unpublished', source: 'default', warnings: [] })
  for (const level of reprocessLevels) {
    t.deepEqual(parsed(['--reprocess', level]), { reprocess: level, source: 'cli', warnings: [] })
    t.deepEqual(parsed([], { CASELOAD_REPROCESS: level }), { reprocess: level, source: 'env', warnings: [] })
  }
})

test('--reprocess missing means unpublished, with one warning', t => {
  const warnings = ['--reprocess missing is deprecated; use --reprocess unpublished']
  t.deepEqual(parsed(['--reprocess', 'missing']), { reprocess: 'unpublished', source: 'cli', warnings })
  t.deepEqual(parsed([], { CASELOAD_REPROCESS: 'missing' }), { reprocess: 'unpublished', source: 'env', warnings })
  t.deepEqual(parsed(['--reprocess=stale'], { CASELOAD_REPROCESS: 'missing' }).warnings, [])
})

test('another level is a usage error that lists the levels', t => {
  const expected = /Allowed choices are unpublished, failed, stale, all\./
  t.throws(() => parsed(['--reprocess', 'some']), { code: 'commander.invalidArgument', message: expected })
  t.throws(() => parsed([], { CASELOAD_REPROCESS: 'some' }), { instanceOf: UsageError, message: expected })
})

test('neither completion nor help offers missing', async t => {
  for (const name of ['backfill', 'plan']) {
    const offered = await complete([name, '--reprocess', ''], commands, {}, root)
    t.deepEqual(
      offered.words.map(({ word }) => word),
      [...reprocessLevels],
    )
    const command = await commands.find(one => one.name === name)?.load()
    t.notRegex(command?.helpInformation() ?? 'missing', /missing/)
  }
})
