import test from 'ava'
import fc from 'fast-check'
import { numberText } from '../../pipelines/platform/count-text.ts'

test('law: a number is written as the English locale writes it', t => {
  fc.assert(
    fc.property(
      fc
        .oneof(fc.maxSafeInteger(), fc.integer({ min: -2000, max: 2000 }), fc.double())
        .filter(value => !Object.is(value, -0)),
      value => {
        t.is(numberText(value), value.toLocaleString('en-US'))
      },
    ),
  )
})
