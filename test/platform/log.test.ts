import { fileURLToPath } from 'node:url'
import { spawnSync } from 'node:child_process'
import test from 'ava'
import { UsageError } from '../../pipelines/platform/errors.ts'
import { stderrLog } from '../../pipelines/platform/log.ts'
import { readLogFormat } from '../../pipelines/platform/log-format.ts'

const script = fileURLToPath(new URL('write-log.js', import.meta.url))

function written(format: string): { readonly stdout: string; readonly lines: readonly string[] } {
  const done = spawnSync(process.execPath, [script, format], {
    encoding: 'utf8',
    env: { ...process.env, PGPASSWORD: 'hunter2secret' },
  })
  return { stdout: done.stdout, lines: done.stderr.trimEnd().split('\n') }
}

test('text: one line per event on standard error, without secrets', t => {
  const { stdout, lines } = written('text')
  t.is(stdout, '')
  t.is(lines.length, 3)
  t.regex(lines[0] ?? '', /^\d{4}-\d\d-\d\dT[\d:.]+Z info source_a 2023-05-01 stage: patients 2 rows$/)
  t.regex(lines[1] ?? '', / warn source_a 2023-05-01 publish: it is \*\*\*$/)
})

test('json: one object per event, with the run and the numbers, without secrets', t => {
  const { stdout, lines } = written('json')
  t.is(stdout, '')
  const events = lines.map(line => JSON.parse(line) as Record<string, unknown>)
  const about = { run: '11111111-2222-4333-8444-555555555555', source: 'source_a', date: '2023-05-01' }
  t.like(events[0], { ...about, level: 'info', stage: 'stage', message: 'patients 2 rows', rows: 2 })
  t.like(events[1], { ...about, level: 'warn', stage: 'publish', message: 'it is ***' })
  t.like(events[2], { ...about, level: 'error', stage: 'publish', message: 'two\nlines "quoted"' })
  for (const event of events) t.regex(String(event['time']), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
})

test('each line is written at once, as one text with its line feed; lines below the level are dropped', t => {
  const written: string[] = []
  const write = (line: string): void => void written.push(line)
  const log = stderrLog({ source: 'source_a', outcome: 'failed' }, { level: 'warn', write })
  log.info('read', 'not shown')
  log.warn('read', 'a')
  log.error('read', 'b')
  t.deepEqual(
    written.map(line => line.replace(/^\S+ /, '')),
    ['warn source_a read: a\n', 'error source_a read: b\n'],
  )
  written.length = 0
  stderrLog({ outcome: 'failed' }, { format: 'json', write }).info('done', 'c', { rows: 1 })
  t.like(JSON.parse(written.join('')), { level: 'info', outcome: 'failed', rows: 1, message: 'c' })
})

test('the flag overrides the environment; another word is a usage error', t => {
  t.is(readLogFormat(undefined, {}), 'text')
  t.is(readLogFormat(undefined, { CASELOAD_LOG_FORMAT: '' }), 'text')
  t.is(readLogFormat(undefined, { CASELOAD_LOG_FORMAT: 'json' }), 'json')
  t.is(readLogFormat('text', { CASELOAD_LOG_FORMAT: 'json' }), 'text')
  t.throws(() => readLogFormat(undefined, { CASELOAD_LOG_FORMAT: 'xml' }), {
    instanceOf: UsageError,
    message: /text or json/,
  })
})
