import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { commands } from '../../pipelines/cli/command-list.ts'
import { firstCommands, firstSteps } from '../../pipelines/cli/help/first-steps.ts'
import { buildProgram, commandGroups } from '../../pipelines/cli/help/program.ts'
import { caseload, ended, start } from '../helpers/cli.ts'
import { everyCommand, helpOf } from '../helpers/commands.ts'
import { testLanding } from '../helpers/landing.ts'

test('the help of every command and subcommand describes it, its arguments and flags, and has an example of it', async t => {
  for (const { path, command } of await everyCommand()) {
    const help = helpOf(command)
    t.not(command.description(), '', path)
    for (const argument of command.registeredArguments) t.not(argument.description, '', `${path} <${argument.name()}>`)
    for (const option of command.options) t.not(option.description, '', `${path} ${option.flags}`)
    t.regex(help, new RegExp(`^Examples?:\\n(?: {2}.*\\n|\\n)*? {2}.*caseload ${path}\\b`, 'm'), path)
  }
})

test('the help of the program lists every command, below a heading', async t => {
  const failure = { format: 'text', redact: (text: string) => text } as const
  const help = helpOf(await buildProgram(commands, [], { words: [], env: {}, failure }))
  for (const { name, summary } of commands) {
    t.regex(help, new RegExp(`^ {2}${name} {2,}`, 'm'), name)
    t.not(summary, '', name)
  }
  t.deepEqual(
    [...help.matchAll(/^([A-Z][a-z ]+):$/gm)].map(([, heading]) => heading).filter(one => one !== 'Options'),
    [...commandGroups.filter(group => commands.some(one => one.group === group)), 'Examples'],
  )
})

test('the first steps are five existing commands, and start with a batch that landed', async t => {
  const paths = (await everyCommand()).map(one => one.path)
  t.is(firstCommands.length, 5)
  for (const [call] of firstCommands) {
    t.true(
      paths.some(path => call === path || call.startsWith(`${path} `)),
      call,
    )
  }
  const landing = testLanding(t)
  const here = { landing: landing.root, inProject: false, program: 'caseload' }
  t.regex(firstSteps(here), /first:\n {2}caseload init /)
  t.regex(firstSteps({ ...here, inProject: true }), /first:\n {2}caseload new source .* --from /)
  t.true(paths.includes('init'))
  landing.write('icu/20230502/age.csv', '')
  landing.write('icu/notes/age.csv', '')
  t.regex(firstSteps({ ...here, program: 'npx caseload' }), /first:\n {2}npx caseload run icu 2023-05-02\n/)
  landing.write('source_a/20230501/visit_events.json', '')
  t.regex(firstSteps({ ...here, inProject: true }), /first:\n {2}caseload run source_a 2023-05-01\n/)
})

test('if the landing root cannot be listed, the first steps are those without a batch', t => {
  const landing = testLanding(t)
  landing.write('export.csv', '')
  landing.write('closed/20230501/export.csv', '')
  chmodSync(join(landing.root, 'closed'), 0o000)
  t.teardown(() => {
    chmodSync(join(landing.root, 'closed'), 0o700)
  })
  for (const root of ['export.csv', 'closed', 'nowhere']) {
    const steps = firstSteps({ landing: join(landing.root, root), inProject: false, program: 'caseload' })
    t.regex(steps, /first:\n {2}caseload init /, root)
  }
})

/** No command here connects to a database; if one did, it would not start a server. */
const nowhere = 'postgresql://nobody@127.0.0.1:1/nothing'

/** Calls the command line and returns which modules Node loaded. */
async function loadedBy(args: readonly string[]): Promise<{ code: number | null; stdout: string; modules: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-help-'))
  try {
    const { code, stdout } = await caseload(args, { env: { NODE_V8_COVERAGE: folder } })
    const modules = readdirSync(folder).flatMap(name => {
      const { result } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { result: { url: string }[] }
      return result.map(script => script.url)
    })
    return { code, stdout, modules }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('help is printed with exit code 0, and for the list of commands no module of a command is loaded', async t => {
  const list = await loadedBy(['--help'])
  t.is(list.code, 0)
  t.true(list.modules.some(url => url.endsWith('/pipelines/cli/cli.js')))
  t.deepEqual(
    list.modules.filter(url => /\/pipelines\/commands\/|node_modules\/(?!commander\/)/.test(url)),
    [],
  )
  for (const [args, expected] of [
    [[], /^The five commands to start with:$/m],
    [['help'], /^Usage: caseload <command>/],
    [['help', 'quarantine', 'ls'], /^Usage: caseload quarantine ls /],
    [['--help', 'db', 'start'], /^Usage: caseload db start /],
    [['db', 'start', '-h'], /^Usage: caseload db start /],
  ] as const) {
    const help = await caseload(args, { url: nowhere, env: { CASELOAD_JSON: 'maybe' } })
    t.is(help.code, 0, args.join(' '))
    t.regex(help.stdout, expected)
    t.is(help.stderr, '')
  }
})

test('a wrong command line exits 2, suggests a correction and names the help', async t => {
  for (const [args, ...expected] of [
    [['satus'], /no command "satus"\. Did you mean status\? The commands are run, /],
    [['help', 'qarantine'], /Did you mean quarantine\?/],
    [['runs', '--jsn'], /Did you mean --json\?/, /usage: caseload runs \[options\]/],
    [
      ['check', 'source_a'],
      /missing required argument 'date'/,
      /usage: caseload check .*<source> <date>; caseload check --help/,
    ],
    [['migrate', 'now'], /too many arguments/],
    [['db', 'strat'], /Did you mean start\?/],
    [['db'], /^Usage: caseload db /],
    [['run', 'sorce_a', '20230501'], /found "sorce_a"\. Did you mean source_a\? Known: /],
    [['-V', 'retry', '--landing', '/nowhere'], /Expected the command first, as in: caseload retry /],
    [['--', 'check', 'source_a'], /missing required argument 'date'/],
    [['check', 'source_a', '20230501', '--json', '--sql', 'any'], /'--sql <check>' cannot be used with .*'--json'/],
    [['backfill', '--max-bad-rows', 'few'], /'--max-bad-rows <limit>' argument 'few' is invalid.*such as 100/],
  ] as const) {
    const wrong = await caseload(args, { url: nowhere })
    t.is(wrong.code, 2, args.join(' '))
    for (const pattern of expected) t.regex(wrong.stderr, pattern)
    t.is(wrong.stdout, '')
  }
})

test('a reader that closes the pipe is not a failure', async t => {
  const child = start(['--help'])
  child.stdout?.destroy()
  const { code, stderr } = await ended(child)
  t.is(stderr, '')
  t.is(code, 0)
})
