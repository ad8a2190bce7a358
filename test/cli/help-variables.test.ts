import test from 'ava'
import { Command, InvalidArgumentError, Option } from 'commander'
import { UsageError } from '../../pipelines/platform/errors.ts'
import {
  applyFlagVariables,
  hasVariable,
  nameFlagVariables,
  variableOf,
} from '../../pipelines/cli/help/flag-variables.ts'
import { caseload } from '../helpers/cli.ts'
import { everyCommand } from '../helpers/commands.ts'
import { variablesReadByName } from '../helpers/variables.ts'

function number(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Expected a whole number.')
}

/** Parses words and environment with a command that has a flag of every kind. */
function parsed(words: readonly string[], env: Readonly<Record<string, string>>): Record<string, unknown> {
  const command = new Command('try')
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .option('-f, --file <file>', 'a text')
    .option('--limit <n>', 'a number', number, 20)
    .option('--dry-run', 'a switch')
    .option('--table <names...>', 'several texts')
    .addOption(new Option('--step <names...>', 'several of these').choices(['read', 'check', 'stage']))
    .option('--no-wait', 'a switch that is on')
    .addOption(new Option('--format <format>', 'one of two').choices(['text', 'json']))
    .addOption(new Option('--csv', 'not together with another').conflicts('format'))
    .argument('[word]')
    .action(() => undefined)
  nameFlagVariables(command)
  applyFlagVariables(command, words, env)
  return command.parse(words, { from: 'user' }).opts()
}

test('a variable sets a flag that the command line does not give', t => {
  const defaults = { limit: 20, wait: true }
  t.deepEqual(parsed([], {}), defaults)
  const all = { CASELOAD_FILE: 'a b', CASELOAD_LIMIT: '7', CASELOAD_DRY_RUN: '1', CASELOAD_NO_WAIT: 'True' }
  t.deepEqual(parsed([], { ...all, CASELOAD_FORMAT: 'json' }), {
    file: 'a b',
    limit: 7,
    dryRun: true,
    wait: false,
    format: 'json',
  })
  const several = parsed([], { CASELOAD_TABLE: 'visits', CASELOAD_STEP: 'read, check' })
  t.deepEqual(several, { ...defaults, table: ['visits'], step: ['read', 'check'] })
  t.deepEqual(parsed(['--table', 'patients', 'devices'], { CASELOAD_TABLE: 'visits' })['table'], [
    'patients',
    'devices',
  ])
  t.deepEqual(parsed([], { CASELOAD_DRY_RUN: '0', CASELOAD_NO_WAIT: 'false', CASELOAD_LIMIT: '' }), defaults)
  t.deepEqual(parsed([], { CASELOAD_DRY_RUN: '', CASELOAD_FILE: '', CASELOAD_FORMAT: '' }), defaults)
})

test('a flag overrides its variable, however it is written', t => {
  const env = { CASELOAD_FILE: 'variable', CASELOAD_LIMIT: 'seven', CASELOAD_DRY_RUN: 'perhaps' }
  for (const words of [
    ['--file', 'flag', '--limit', '3', '--dry-run'],
    ['-f', 'flag', '--limit=3', '--dry-run', 'word'],
    ['-fflag', '--dry-run', '--limit=3'],
  ]) {
    t.deepEqual(parsed(words, env), { file: 'flag', limit: 3, dryRun: true, wait: true })
  }
  t.is(parsed(['--', '--file'], { CASELOAD_FILE: 'variable' })['file'], 'variable')
})

test('a flag disables the variable of a flag that conflicts with it', t => {
  const defaults = { limit: 20, wait: true }
  t.deepEqual(parsed(['--csv'], { CASELOAD_FORMAT: 'json' }), { ...defaults, csv: true })
  t.deepEqual(parsed(['--format', 'json'], { CASELOAD_CSV: 'perhaps' }), { ...defaults, format: 'json' })
  const both = { CASELOAD_CSV: '1', CASELOAD_FORMAT: 'json' }
  t.throws(() => parsed([], both), { code: 'commander.conflictingOption' }, 'of two variables none goes first')
  t.deepEqual(parsed([], { ...both, CASELOAD_CSV: '0' }), { ...defaults, format: 'json' })
})

test('an invalid value is a usage error that names the variable and the flag', t => {
  for (const [name, value, expected] of [
    ['CASELOAD_LIMIT', 'seven', /CASELOAD_LIMIT does not fit --limit: Expected a whole number\. Found "seven"/],
    ['CASELOAD_FORMAT', 'xml', /CASELOAD_FORMAT does not fit --format: .*text, json\. Found "xml"/],
    ['CASELOAD_DRY_RUN', 'perhaps', /CASELOAD_DRY_RUN does not fit --dry-run: Expected 1 or true, 0 or false/],
    ['CASELOAD_NO_WAIT', '2', /CASELOAD_NO_WAIT/],
    ['CASELOAD_STEP', 'read publish', /CASELOAD_STEP does not fit --step: .*read, check, stage/],
  ] as const) {
    const error = t.throws(() => parsed([], { [name]: value }), { instanceOf: UsageError })
    t.regex(error.message, expected)
  }
})

/** Settings that are a flag and a variable: code without flags reads the variable, too. */
const oneSetting = ['KEEP', 'LANDING', 'LOG_FORMAT', 'MAX_BAD_ROWS', 'QUIET', 'TIMEOUT'].map(name => `CASELOAD_${name}`)

test('every flag of every command has a variable of one meaning, and its help names the variable once', async t => {
  const settings = variablesReadByName('pipelines', 'scripts', 'test', 'bench')
  t.true(settings.some(one => one.variable === 'CASELOAD_HOME'))
  const kinds = new Map<string, string>()
  for (const { path, command } of await everyCommand()) {
    for (const option of command.options) {
      const variable = variableOf(option, path)
      const about = command.createHelp().optionDescription(option)
      if (!hasVariable(option, path)) {
        t.is(option.envVar, undefined, path)
        t.false(about.includes(variable), `${path} ${option.flags}: ${about}`)
        continue
      }
      const clash = settings.find(one => one.variable === variable && !oneSetting.includes(variable))
      t.is(clash, undefined, `${path} ${option.flags}: ${variable} is a setting of another kind`)
      const kind = /[<[](\w+?)s?(?:\.\.\.)?[>\]]/.exec(option.flags)?.[1] ?? 'a switch'
      t.is(
        kinds.get(variable) ?? kind,
        kind,
        `${path} ${option.flags}: ${variable} takes another kind of value elsewhere`,
      )
      kinds.set(variable, kind)
      t.is(option.envVar, variable, path)
      t.is(about.split(variable).length - 1, 1, `${path} ${option.flags}: ${about}`)
    }
  }
})

test('no variable says whom a login may see', t => {
  const flags = ['all', 'source', 'patients', 'facility', 'devices', 'user', 'from', 'to', 'tz'].map(
    name => new Option(`--${name}`),
  )
  t.deepEqual(
    flags.filter(option => hasVariable(option, 'care add')),
    [],
  )
  t.true(flags.every(option => hasVariable(option, 'queue cancel')))
})

/** No command here connects to a database; if one did, it would not start a server. */
const nowhere = 'postgresql://nobody@127.0.0.1:1/nothing'

test('the program reads variables, and names an invalid one', async t => {
  const wrong = await caseload(['quarantine', 'ls'], { url: nowhere, env: { CASELOAD_LIMIT: 'many' } })
  t.is(wrong.code, 2)
  t.regex(
    wrong.stderr,
    /^caseload: The variable CASELOAD_LIMIT does not fit --limit: Expected a whole number above 0\./,
  )
  const limit = await caseload(['retry'], { url: nowhere, env: { CASELOAD_MAX_BAD_ROWS: 'few' } })
  t.is(limit.code, 2)
  t.regex(limit.stderr, /CASELOAD_MAX_BAD_ROWS does not fit --max-bad-rows: .*such as 100, or .*5%\. Found "few"/)
  // A command ignores variables of flags that it does not have.
  const status = await caseload(['db', 'status'], { env: { CASELOAD_LIMIT: 'many', CASELOAD_JSON: 'true' } })
  t.is(status.code, 0, status.stderr)
  t.is(typeof JSON.parse(status.stdout), 'object')
  const format = await caseload(['runs'], { url: nowhere, env: { CASELOAD_LOG_FORMAT: 'xml' } })
  t.is(format.code, 2)
  t.regex(format.stderr, /CASELOAD_LOG_FORMAT/)
})
