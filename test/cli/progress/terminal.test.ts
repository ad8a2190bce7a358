import test, { type ExecutionContext } from 'ava'
import type { Display } from '../../../pipelines/operate/backfill/progress.ts'
import { terminalDisplay } from '../../../pipelines/cli/progress/terminal.ts'
import { until } from '../../helpers/until.ts'
import { type FakeTerminal, fakeTerminal } from './fake-terminal.ts'

const batch = { source: 'source_a', date: '2023-05-01' }

function shown(t: ExecutionContext, columns: number): { readonly terminal: FakeTerminal; readonly display: Display } {
  const terminal = fakeTerminal(columns)
  const display = terminalDisplay(terminal, { total: 2, color: true, now: () => 0 })
  t.teardown(() => {
    display.close()
  })
  return { terminal, display }
}

const settled = (terminal: FakeTerminal, text: RegExp): Promise<boolean> =>
  until(() => Promise.resolve(text.test(terminal.screen.text)))

test('lines are redrawn in place, below the log lines, and erased at the end', async t => {
  const { terminal, display } = shown(t, 80)
  const watch = display.batch(batch)
  display.batch({ ...batch, date: '2023-05-02' })
  await settled(terminal, /start/)
  watch.stage('read')
  await settled(terminal, /read/)
  display.log('a warning\n')
  t.is(terminal.screen.text, 'a warning\n')
  await settled(terminal, /0 of 2/)
  watch.end({ batch, outcome: 'published', reason: '', rows: 5 })
  await settled(terminal, /1 of 2/)
  t.is(terminal.screen.text, 'a warning\nsource_a  2023-05-02  start    0 s\n1 of 2 batches, 5 rows, 0 s')
  display.log('another\n')
  display.close()
  display.close()
  t.is(terminal.screen.text, 'a warning\nanother\n')
  t.deepEqual(
    terminal.screen.styles.filter(style => style === 2).length,
    terminal.screen.styles.filter(style => style === 22).length,
  )
})

test('unchanged lines are not written again, and a closed display only writes log lines', async t => {
  const { terminal, display } = shown(t, 80)
  display.batch(batch)
  await settled(terminal, /start/)
  const { length } = terminal.writes
  await new Promise(resolve => setTimeout(resolve, 400))
  t.is(terminal.writes.length, length)
  display.close()
  t.is(terminal.listeners, 0)
  t.is(terminal.screen.text, '')
  display.log('last\n')
  t.is(terminal.screen.text, 'last\n')
})

test('a terminal that gets narrower wraps the drawn lines: all their rows are erased', async t => {
  const { terminal, display } = shown(t, 80)
  display.log('before\n')
  display.batch(batch)
  display.batch({ ...batch, date: '2023-05-02' })
  await settled(terminal, /0 of 2/)
  terminal.resize(20)
  t.is(terminal.screen.text, ['before', 'source_a  2023-0…', 'source_a  2023-0…', '0 of 2 batches, …'].join('\n'))
  terminal.resize(80)
  t.true(terminal.screen.text.startsWith('before\nsource_a  2023-05-01  start    0 s\n'))
  display.close()
  t.is(terminal.screen.text, 'before\n')
})

test('a terminal without a known size counts as 80 columns wide', async t => {
  const terminal = Object.assign(fakeTerminal(80), { rows: 0 })
  const display = terminalDisplay(Object.create(terminal, { columns: { value: 0 } }) as FakeTerminal, {
    color: false,
    now: () => 0,
  })
  display.batch(batch)
  await settled(terminal, /^source_a {2}2023-05-01 {2}start {4}0 s$/)
  display.close()
  t.is(terminal.screen.text, '')
})

test('the end of the process closes the display', async t => {
  const before = process.listenerCount('exit')
  const { terminal, display } = shown(t, 80)
  t.is(process.listenerCount('exit'), before + 1)
  display.batch(batch)
  await settled(terminal, /start/)
  const listeners = process.listeners('uncaughtExceptionMonitor')
  ;(listeners.at(-1) as unknown as (error: Error) => void)(new Error('a bug'))
  t.is(terminal.screen.text, '')
  t.is(process.listenerCount('exit'), before)
})
