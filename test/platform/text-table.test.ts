import test from 'ava'
import { textTable } from '../../pipelines/platform/text-table.ts'

test('numbers are right-aligned, text is left-aligned, by visible characters', t => {
  const rows = [
    ['é', 1],
    ['e\u0301\u{1F469}\u200D\u{1F680}', 20],
    [null, null],
  ]
  t.is(textTable(['name', 'n'], rows), 'name   n\n----  --\n\u00e9      1\ne\u0301\u{1F469}\u200D\u{1F680}    20\n\n')
  t.is(textTable(['name', 'n'], []), 'name  n\n----  -\n')
})

test('a table may have more rows than a function call may have arguments', t => {
  const rows = Array.from({ length: 200_000 }, (_, i) => [i, `row ${i}`])
  const lines = textTable(['n', 'text'], rows).split('\n')
  t.is(lines.length, 200_003)
  t.is(lines[2], '     0  row 0')
  t.is(lines.at(-2), '199999  row 199999')
})
