import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { commands } from '../../pipelines/cli/command-list.ts'
import { complete, completionLines } from '../../pipelines/cli/help/shell-completion.ts'
import { completionScript } from '../../pipelines/cli/help/completion-scripts.ts'
import { caseload, root } from '../helpers/cli.ts'
import { testLanding } from '../helpers/landing.ts'

function landedScene(t: ExecutionContext): string {
  const landing = testLanding(t)
  for (const folder of [
    'source_a/20230501',
    'source_a/20230502',
    'source_a/notes',
    'icu__north/20240229',
    'attic__east/20230501',
  ])
    landing.write(`${folder}/.keep`, '')
  return landing.root
}

test('commands, subcommands, flags, their values, sources and landed days complete', async t => {
  const env = { CASELOAD_LANDING: landedScene(t) }
  const wordsFor = async (...typed: string[]): Promise<readonly string[]> =>
    (await complete(typed, commands, env, root)).words.map(one => one.word)
  const all = await wordsFor('')
  for (const { name } of commands) t.true(all.includes(name), name)
  t.deepEqual(await wordsFor('quar'), ['quarantine'])
  t.deepEqual(await wordsFor('--v'), ['--version'])
  t.deepEqual(await wordsFor('quarantine', 's'), ['show', 'summary'])
  t.deepEqual(await wordsFor('help', 'quarantine', 'l'), ['ls'])
  t.deepEqual(await wordsFor('help', 'stat'), ['status'])
  t.deepEqual(await wordsFor('runs', '--js'), ['--json'])
  t.deepEqual(await wordsFor('runs', '--json', '--js'), [], 'a flag is given once')
  t.deepEqual(await wordsFor('runs', '--log-format', ''), ['text', 'json'])
  t.deepEqual(await wordsFor('runs', '--log-format', '=', 'j'), ['json'], 'as bash splits it')
  t.deepEqual(await wordsFor('runs', '--log-format', '='), ['text', 'json'])
  t.deepEqual(await wordsFor('runs', '--log-format=j'), ['--log-format=json'], 'as zsh leaves it')
  t.deepEqual(await wordsFor('completion', ''), ['bash', 'zsh'])

  t.deepEqual(await wordsFor('run', 'ic'), ['icu', 'icu__north'])
  t.deepEqual(await wordsFor('run', 'at'), [], 'a landing folder without a transformer is no source')
  t.deepEqual(await wordsFor('run', 'source_a', ''), ['2023-05-01', '2023-05-02'])
  t.deepEqual(await wordsFor('run', '--json', 'source_a', '2023050'), ['20230501', '20230502'])
  t.deepEqual(await wordsFor('run', 'icu__north', '2024-'), ['2024-02-29'])
  t.deepEqual(await wordsFor('run', 'source_a', '2023-05-01', ''), [], 'it takes no more')
  t.deepEqual(await wordsFor('run', '--landing', '/nowhere', 'source_a', ''), [])
  t.deepEqual(await wordsFor('run', '--landing', 's3://bucket/landing', 'source_a', ''), [])
  t.deepEqual(await wordsFor('status', 'source_a', 'source_'), ['source_b'], 'several, each once')
  for (const nothing of [
    ['nothing', ''],
    ['sql', ''],
    ['run', '--timeout', ''],
    ['db', 'start', '--port', ''],
  ]) {
    t.deepEqual(await complete(nothing, commands, env, root), { words: [] }, nothing.join(' '))
  }
  t.like(await complete(['run', '--landing', ''], commands, env, root), { words: [], paths: 'folders' })
  for (const file of [
    ['sql', '-f', ''],
    ['new', 'source', 'ward', '--from', ''],
    ['new', 'source', 'ward', '--from', 'a.csv', 'b'],
  ]) {
    t.deepEqual(await complete(file, commands, env, root), { words: [], paths: 'files' }, file.join(' '))
  }
  t.deepEqual(await wordsFor('new', 'source', 'ward', '--from', 'a.csv', '--js'), ['--json'])
})

test('every command completes its flags', async t => {
  for (const { name } of commands) {
    const { words } = await complete([name, '--'], commands, {}, root)
    t.true(words.some(({ word }) => word === '--help'))
    for (const { word, about } of words) t.not(about, '', `${name} ${word}`)
  }
})

test('the output for a shell is one word a line, with the first sentence of its description', t => {
  const words = [
    { word: 'ls', about: 'List rows. And more.' },
    { word: '--run', about: "only rows of this run; the id's first 8 characters do" },
    { word: '2023-05-01', about: '' },
  ]
  t.is(completionLines({ words }), 'ls\tList rows\n--run\tonly rows of this run\n2023-05-01\n')
  t.is(completionLines({ words: [], paths: 'files' }), ':files\n')
})

const program = join(root, 'dist/bin/caseload.js')

/** Completes lines, each given as its words, in one bash; returns the suggestions, one line each. */
function inBash(lines: readonly (readonly string[])[], env: Readonly<Record<string, string>>): readonly string[] {
  const calls = lines.map(
    words =>
      `COMP_WORDS=('${[program, ...words].join("' '")}'); COMP_CWORD=${words.length}; _caseload; echo "\${COMPREPLY[*]}"`,
  )
  const script = ['eval "$1"', '[ "$(complete -p caseload)" = "complete -F _caseload caseload" ] || exit 9', ...calls]
  const shell = spawnSync('bash', ['--norc', '-c', script.join('\n'), 'bash', completionScript('bash')], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    encoding: 'utf8',
  })
  if (shell.status !== 0 || shell.stderr !== '') throw new Error(`bash: ${shell.status} ${shell.stderr}`)
  return shell.stdout.trimEnd().split('\n')
}

test('bash completes with the script that is printed', async t => {
  const printed = await caseload(['completion', 'bash'])
  t.is(printed.stdout, completionScript('bash'))
  const offered = inBash(
    [
      ['quar'],
      ['run', 'source_a', ''],
      ['runs', '--log-format', '=', 'j'],
      ['sql', '-f', 'READ'],
      ['run', '--landing', 'vie'],
    ],
    { CASELOAD_LANDING: landedScene(t) },
  )
  t.deepEqual(offered, ['quarantine', '2023-05-01 2023-05-02', 'json', 'README.md', 'views'])
})

test('an error prints nothing into the line that the user types', t => {
  t.deepEqual(
    inBash(
      [
        ['run', ''],
        ['nosuch', ''],
      ],
      { CASELOAD_SOURCES: '/nowhere', CASELOAD_MEMORY: 'much' },
    ),
    [''],
  )
})

test('zsh completes with the script that is printed, if zsh is installed', async t => {
  if (spawnSync('zsh', ['-f', '-c', ':']).status !== 0) {
    t.log('not tried: no zsh here')
    t.pass()
    return
  }
  t.is((await caseload(['completion', 'zsh'])).stdout, completionScript('zsh'))
  // Its completion functions need a terminal, so they are replaced.
  const calls = [
    ['quar'],
    ['run', 'source_a', ''],
    ['runs', '--log-format=j'],
    ['sql', '-f', 'READ'],
    ['run', '--landing=vi'],
  ]
  const script = [
    'compdef() { print "compdef $*" }; compset() { :; }; _files() { print "files $*" }',
    '_describe() { print -- "$2: ${(j: :)${(P)3}}" }',
    'eval "$1"',
    ...calls.map(words => `words=('${[program, ...words].join("' '")}'); CURRENT=${words.length + 1}; _caseload`),
  ]
  const shell = spawnSync('zsh', ['-f', '-c', script.join('\n'), 'zsh', completionScript('zsh')], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '', CASELOAD_LANDING: landedScene(t) },
    encoding: 'utf8',
  })
  t.is(shell.stderr, '')
  t.deepEqual(shell.stdout.trimEnd().split('\n'), [
    'compdef _caseload caseload',
    'caseload: quarantine:list and show rows that were not loaded, and run their batch again',
    'caseload: 2023-05-01 2023-05-02',
    'caseload: --log-format=json',
    'files ',
    'files -/',
  ])
})
