import test from 'ava'
import { tableStyle, terminalWidth } from '../../pipelines/cli/commands/for-people.ts'
import { batchStateTable } from '../../pipelines/ledger/batch-states.ts'
import { textTable } from '../../pipelines/platform/text-table.ts'

const terminal = { isTTY: true, columns: 40 } as const
const pipe = { isTTY: false, columns: 40 } as const

const stateTable = (style: ReturnType<typeof tableStyle>): string =>
  textTable(
    ['state', 'reason'],
    Object.keys(batchStateTable).map(state => [state, 'constructor']),
    style,
  )

test('states have colours on a terminal, and nowhere else', t => {
  const plain = stateTable(tableStyle(pipe, {}))
  t.false(plain.includes('\u001b'))
  t.is(stateTable(tableStyle(terminal, { NO_COLOR: '1' })), plain)
  t.is(stateTable(tableStyle(terminal, { TERM: 'dumb' })), plain)
  const colored = stateTable(tableStyle(terminal, { NO_COLOR: '' }))
  for (const state of Object.keys(batchStateTable))
    t.regex(colored, new RegExp(`\u001b\\[(?:3[123]|2)m${state} *\u001b\\[(?:39|22)m`))
  // eslint-disable-next-line no-control-regex
  t.is(colored.replaceAll(/\u001b\[\d+m/g, ''), plain, 'the colours move no column')
})

test('a table is as wide as the terminal; a pipe has no width', t => {
  t.is(terminalWidth(terminal), 40)
  t.is(terminalWidth(pipe), undefined)
  t.is(terminalWidth({ isTTY: true, columns: 0 }), undefined)
})
