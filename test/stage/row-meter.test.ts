import test from 'ava'
import { rowMeter } from '../../pipelines/stage/row-meter.ts'

test('rows are said when copying begins, at most four times a second, and when it is over', t => {
  let now = 10_000
  const said: number[] = []
  const meter = rowMeter(
    rows => said.push(rows),
    () => now,
  )
  meter.start()
  for (let i = 0; i < 1000; i++) {
    now += 1
    meter.add(10)
  }
  now += 5
  meter.add(1)
  meter.end()
  t.deepEqual(said, [0, 2500, 5000, 7500, 10_000, 10_001])
  meter.end()
  t.is(said.length, 6)
  meter.start()
  meter.add(7)
  meter.end()
  t.deepEqual(said.slice(6), [0, 7])
})
