import test from 'ava'
import fc from 'fast-check'
import { didYouMean, nearest } from '../../pipelines/platform/nearest.ts'

const words = ['run', 'runs', 'status', 'quarantine', 'backfill', 'migrate', 'db']

test('a word with a few wrong letters is near, and one with many is not', t => {
  for (const [typed, meant] of [
    ['rnu', 'run'],
    ['rum', 'run'],
    ['ruuns', 'runs'],
    ['satus', 'status'],
    ['qurantin', 'quarantine'],
    ['bakcfil', 'backfill'],
    ['quar', 'quarantine'],
    ['mig', 'migrate'],
    ['deploy', undefined],
    ['', undefined],
    ['x', undefined],
    ['r', undefined],
    ['z'.repeat(100_000), undefined],
  ] as const) {
    t.is(nearest(typed, words), meant, typed.slice(0, 20))
  }
  t.is(nearest('sta', ['status', 'start']), undefined)
  t.is(didYouMean('rum', words), ' Did you mean run?')
  t.is(didYouMean('deploy', words), '')
})

const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '_'), minLength: 6, maxLength: 20 })

test('a word with one letter missing, added, wrong or swapped is always found', t => {
  fc.assert(
    fc.property(letters, fc.nat(), fc.constantFrom('miss', 'add', 'mistake', 'swap'), (word, where, how) => {
      const at = where % (word.length - 1)
      const typed = {
        miss: word.slice(0, at) + word.slice(at + 1),
        add: `${word.slice(0, at)}x${word.slice(at)}`,
        mistake: `${word.slice(0, at)}x${word.slice(at + 1)}`,
        swap: word.slice(0, at) + (word[at + 1] ?? '') + (word[at] ?? '') + word.slice(at + 2),
      }[how]
      t.is(nearest(typed, ['quite_another', word]), word)
    }),
  )
  t.pass()
})
