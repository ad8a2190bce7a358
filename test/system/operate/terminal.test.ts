import { spawn, spawnSync } from 'node:child_process'
import test, { type ExecutionContext } from 'ava'
import { root } from '../../helpers/cli.ts'
import { testDatabase } from '../../helpers/database.ts'
import { patient, testLanding } from '../../helpers/landing.ts'
import { until } from '../../helpers/until.ts'
import { Screen } from '../../cli/progress/screen.ts'
import { holdTables } from '../../publish/batches.ts'
import { whilePatientsHeld } from './many-days.ts'

// `script` of util-linux runs a command on a pseudo terminal; others of that name take other flags.
const hasScript = /util-linux/.test(String(spawnSync('script', ['--version']).stdout))

/** What a person saw of a command on a terminal of 80 columns and 24 rows: standard output and error together. */
async function watched(
  words: readonly string[],
  url: string,
  env: Readonly<Record<string, string>> = {},
  meanwhile: (soFar: () => string) => Promise<void> = () => Promise.resolve(),
): Promise<{ readonly code: number | null; readonly screen: Screen; readonly written: string }> {
  const command = `stty cols 80 rows 24; exec '${process.execPath}' '${root}dist/bin/caseload.js' ${words.join(' ')}`
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: { ...process.env, NODE_OPTIONS: '', TERM: 'xterm', NO_COLOR: '', DATABASE_URL: url, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let written = ''
  child.stdout.on('data', chunk => (written += String(chunk)))
  const closed = new Promise<number | null>(resolve => child.on('close', resolve))
  await meanwhile(() => written)
  const code = await closed
  const screen = new Screen(80)
  screen.write(written)
  return { code, screen, written }
}

/** Every style that is set is taken back, and nothing else of the terminal is changed. */
function isBalanced(t: ExecutionContext, { styles }: Screen, written: string): void {
  const count = (style: number): number => styles.filter(one => one === style).length
  t.is(count(2), count(22))
  t.is(count(31), count(39))
  t.is(styles.length, 2 * (count(2) + count(31)))
  t.false(written.includes('\u001b[?'))
}

const scene = hasScript ? test : test.skip

scene('a person sees how far a run is, and in the end nothing but its summary or its error', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const patients = Array.from({ length: 20_000 }, (_, i) =>
    patient(`P${i}`, 'A Name', [{ drug: 'Metformin', dose: '1 g' }]),
  )
  landing.write('source_a/20230501/visit_events.json', JSON.stringify(patients))
  const words = ['run', 'source_a', '20230501', '--landing', landing.root]
  t.is((await watched(words, url)).code, 0)
  // A fast machine is through with a stage before it is drawn, so this run is held before its leaves are made, and by a
  // reader in its last stage.
  const reader = await holdTables(t, url)
  const run = await whilePatientsHeld(url, release =>
    watched(words, url, {}, async soFar => {
      await until(() => Promise.resolve(/source_a {2}2023-05-01 {2}(start|lock|read|stage) /.test(soFar())))
      await release()
      await until(() => Promise.resolve(/publish +80,000 rows/.test(soFar())))
      await reader.release()
    }),
  )
  t.is(run.code, 0)
  t.regex(run.screen.text, /^Published source_a 2023-05-01: 20,000 records of 1 file, run [0-9a-f-]{36}\.\ntable /)
  t.notRegex(run.screen.text, /info|start|read/)
  isBalanced(t, run.screen, run.written)

  const missing = await watched(['run', 'source_a', '20230502', '--landing', landing.root], url)
  t.is(missing.code, 4)
  t.regex(missing.screen.text, /^caseload: Expected [^\n]+\n$/)

  const quiet = await watched(['run', 'source_a', '20230501', '--quiet', '--landing', landing.root], url)
  t.is(quiet.code, 0)
  t.false(quiet.written.includes('\u001b'))
  t.notRegex(quiet.written, /start|stage/)
})

scene('of a backfill: a line for the whole, what failed above it, and in the end the summary', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  for (let day = 1; day <= 4; day++) {
    landing.write(`source_a/2023050${day}/visit_events.json`, JSON.stringify([patient(`P${day}`, 'A Name')]))
  }
  landing.write('source_a/20230503/visit_events.json', '[{"patient_id": ')
  const words = ['backfill', 'source_a', '--concurrency', '2', '--landing', landing.root]
  const done = await whilePatientsHeld(url, release =>
    watched(words, url, { NO_COLOR: '1' }, async soFar => {
      await until(() => Promise.resolve(/\d of 4 batches, (1 failed, )?\d+ rows?, \d+ s/.test(soFar())))
      await release()
    }),
  )
  t.is(done.code, 1)
  t.regex(
    done.screen.text,
    /^[\d:.TZ-]+ error source_a 2023-05-03 done: refused: .*\n4 batches in [^\n]+ 9 rows loaded:\n3 published, 1 refused\.\n/,
  )
  t.regex(done.screen.text, /\nsource_a {2}2023-05-03 {2}refused {2}.*\n(.*\n)*caseload: 1 of 4 batches failed/)
  t.is(done.screen.styles.length, 0)
  const summary = done.screen.text.slice(done.screen.text.indexOf('4 batches in'))
  t.true(summary.split('\n').length <= 24)
})
