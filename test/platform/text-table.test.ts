import test from 'ava'
import fc from 'fast-check'
import { textTable, wrap } from '../../pipelines/platform/text-table.ts'

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
  t.is(lines[2], '      0  row 0')
  t.is(lines.at(-2), '199,999  row 199999')
})

test('the last column wraps to the width of the terminal, then the widest ones; numbers never do', t => {
  const rows = [
    ['a', 'one two three four five six seven eight nine ten', 1],
    ['b', 'x'.repeat(30), 22],
  ]
  t.is(
    textTable(['k', 'text', 'n'], rows, { width: 25 }),
    [
      'k  text                 n',
      '-  ------------------  --',
      'a  one two three four   1',
      '   five six seven',
      '   eight nine ten',
      `b  ${'x'.repeat(18)}  22`,
      `   ${'x'.repeat(12)}`,
      '',
    ].join('\n'),
  )
  const last = textTable(['k', 'text'], [['a'.repeat(20), 'one two three four five six seven eight']], { width: 50 })
  t.deepEqual(last.split('\n').slice(2), [
    `${'a'.repeat(20)}  one two three four five six`,
    `${' '.repeat(22)}seven eight`,
    '',
  ])
})

test('without a width nothing is cut; a painter gets each cell of the body, padded', t => {
  t.true(textTable(['a'], [['y'.repeat(500)]]).includes('y'.repeat(500)))
  const painted = textTable(['a', 'b'], [['x', 'yy']], { paint: (text, cell, i) => `<${i}${String(cell)}:${text}>` })
  t.is(painted, 'a  b\n-  --\n<0x:x>  <1yy:yy>\n')
})

test('wrapping keeps every word, in lines that fit', t => {
  t.deepEqual(wrap('', 5), [''])
  const words = fc.array(fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom('a', 'b', 'é') }), {
    minLength: 1,
  })
  fc.assert(
    fc.property(words, fc.integer({ min: 1, max: 20 }), (list, room) => {
      const lines = wrap(list.join(' '), room)
      t.true(lines.every(line => line.length <= room))
      t.is(lines.join('').replaceAll(' ', ''), list.join(''))
    }),
  )
})
