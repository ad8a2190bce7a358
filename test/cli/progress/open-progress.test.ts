import test from 'ava'
import type { BatchOutcome } from '../../../pipelines/operate/backfill/outcome.ts'
import { type ProgressFlags, openProgress } from '../../../pipelines/cli/progress/open-progress.ts'
import { until } from '../../helpers/until.ts'
import { type FakeTerminal, fakeTerminal } from './fake-terminal.ts'

const batch = { source: 'source_a', date: '2023-05-01' }
const published: BatchOutcome = {
  batch,
  outcome: 'published',
  reason: '',
  runId: 'r1',
  rows: 1200,
  quarantined: 5,
  ms: 3400,
}
const refused: BatchOutcome = { batch, outcome: 'refused', reason: 'no hunter2secret', exitCode: 3 }

interface Scene {
  readonly flags?: ProgressFlags
  readonly env?: Readonly<Record<string, string>>
  readonly isTTY?: boolean
  readonly total?: number
}

/** Works on two batches, one of which fails; returns all that was written, and the screen in between. */
async function played({ flags = {}, env = {}, isTTY = true, total }: Scene): Promise<{
  readonly lines: readonly string[]
  readonly between: string
  readonly terminal: FakeTerminal
}> {
  const terminal = fakeTerminal(80)
  const stream = isTTY ? terminal : { ...terminal, isTTY: false }
  const progress = openProgress(
    flags,
    { PGPASSWORD: 'hunter2secret', ...env },
    stream,
    total === undefined ? {} : { total },
  )
  const log = progress.log({ run: 'r1', ...batch })
  const watch = progress.batch(batch)
  watch.stage('read')
  log.info('read', '2 files')
  log.warn('publish', 'it is hunter2secret')
  if (isDrawn(flags, env, isTTY)) {
    await until(() => Promise.resolve(terminal.screen.text.includes('  read  ')))
  }
  const between = terminal.screen.text
  watch.end(published)
  progress.batch(batch).end(refused)
  progress.close()
  return { lines: terminal.screen.text.split('\n').slice(0, -1), between, terminal }
}

const isDrawn = (flags: ProgressFlags, env: Readonly<Record<string, string>>, isTTY: boolean): boolean =>
  isTTY && flags.quiet !== true && flags.logFormat === undefined && env['TERM'] !== 'dumb' && env['CI'] !== 'true'

const withoutTime = (line: string): string => line.replace(/^[\d:.TZ-]+ /, '')

const warned = 'warn source_a 2023-05-01 publish: it is ***'
const read = 'info source_a 2023-05-01 read: 2 files'
const done = 'info source_a 2023-05-01 done: published 1,200 rows in 3.4 s, 5 in quarantine'
const failed = 'error source_a 2023-05-01 done: refused: no ***'

test('a terminal: redrawn lines, and above them warnings and failed batches of a backfill', async t => {
  const run = await played({})
  t.deepEqual(run.lines.map(withoutTime), [warned])
  // The time until the first line is drawn depends on the machine.
  t.regex(run.between, /\nsource_a {2}2023-05-01 {2}read {5}\d+ s$/)
  const backfill = await played({ total: 2 })
  t.deepEqual(backfill.lines.map(withoutTime), [warned, failed])
  t.regex(backfill.between, /\n0 of 2 batches, 0 rows, \d+ s$/)
  t.true(backfill.terminal.screen.styles.length > 0)
})

test('NO_COLOR: redrawn lines without styles; an empty value is ignored', async t => {
  t.deepEqual((await played({ env: { NO_COLOR: '1' }, total: 2 })).terminal.screen.styles, [])
  t.true((await played({ env: { NO_COLOR: '' } })).terminal.screen.styles.length > 0)
})

for (const [name, scene] of [
  ['no terminal', { isTTY: false }],
  ['TERM=dumb', { env: { TERM: 'dumb' } }],
  ['CI', { env: { CI: 'true' } }],
] satisfies readonly (readonly [string, Scene])[]) {
  test(`${name}: plain lines, of each step of a run and of each batch of a backfill`, async t => {
    const run = await played(scene)
    t.deepEqual(run.lines.map(withoutTime), [read, warned])
    const backfill = await played({ ...scene, total: 2 })
    t.deepEqual(backfill.lines.map(withoutTime), [warned, done, failed])
    t.false(backfill.terminal.writes.some(text => text.includes('\u001b')))
  })
}

test('CI=false does not mean CI', async t => {
  const { between } = await played({ env: { CI: 'false' } })
  t.regex(between, /\nsource_a {2}2023-05-01 {2}read/)
})

test('--quiet: warnings and failed batches, in either format', async t => {
  for (const isTTY of [true, false]) {
    t.deepEqual((await played({ flags: { quiet: true }, isTTY })).lines.map(withoutTime), [warned])
    const backfill = await played({ flags: { quiet: true }, isTTY, total: 2 })
    t.deepEqual(backfill.lines.map(withoutTime), [warned, failed])
  }
  const { lines } = await played({ flags: { quiet: true, logFormat: 'json' }, total: 2 })
  t.deepEqual(
    lines.map(line => (JSON.parse(line) as { level: string }).level),
    ['warn', 'error'],
  )
})

test('--log-format json: one object a line, even on a terminal, each with run, source, date and stage', async t => {
  const { lines, terminal } = await played({ flags: { logFormat: 'json' }, total: 2 })
  t.false(terminal.writes.some(text => text.includes('\u001b')))
  const events = lines.map(line => JSON.parse(line) as Record<string, unknown>)
  const about = { source: 'source_a', date: '2023-05-01' }
  t.like(events[0], { ...about, run: 'r1', level: 'info', stage: 'read', message: '2 files' })
  t.like(events[1], { ...about, run: 'r1', level: 'warn', stage: 'publish' })
  t.like(events[2], { ...about, run: 'r1', level: 'info', stage: 'done', outcome: 'published', rows: 1200, ms: 3400 })
  t.like(events[3], { ...about, level: 'error', stage: 'done', outcome: 'refused', exit_code: 3 })
  t.is(events.length, 4)
})
