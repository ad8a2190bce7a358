import test from 'ava'
import { durationText, elapsedText, leftText } from '../../../pipelines/cli/progress/format.ts'

test('durations are formatted for a person', t => {
  t.deepEqual([-5, 0, 49, 9940, 9960, 59_400, 59_600, 3_599_000, 4_320_000, 1e10].map(durationText), [
    '0.0 s',
    '0.0 s',
    '0.0 s',
    '9.9 s',
    '10 s',
    '59 s',
    '1 min 0 s',
    '59 min 59 s',
    '1 h 12 min',
    '2,777 h 46 min',
  ])
  t.deepEqual([999, 59_999, 60_000].map(elapsedText), ['0 s', '59 s', '1 min 0 s'])
  t.deepEqual([1, 5001, 55_001, 3_540_001].map(leftText), ['5 s', '10 s', '1 min', '1 h 0 min'])
})
