import { setImmediate } from 'node:timers/promises'
import test from 'ava'
import fc from 'fast-check'
import { inDateOrder, inTurn } from '../../../pipelines/operate/backfill/in-turn.ts'

interface Timed {
  readonly at: number
  readonly turn: string | undefined
  readonly ticks: number
}

test('never more at once than asked, tasks of one turn one after the other in their order, results in that of the tasks', async t => {
  const task = fc.record({ turn: fc.constantFrom('a', 'b', undefined), ticks: fc.integer({ min: 0, max: 4 }) })
  const law = fc.asyncProperty(
    fc.array(task, { maxLength: 20 }),
    fc.integer({ min: 1, max: 4 }),
    async (made, concurrency) => {
      const tasks: readonly Timed[] = made.map((one, at) => ({ ...one, at }))
      const running: Timed[] = []
      const begun: Timed[] = []
      const results = await inTurn(tasks, { concurrency, turnOf: one => one.turn }, async one => {
        const beside = running.filter(other => other.turn !== undefined && other.turn === one.turn)
        if (beside.length > 0 || running.length >= concurrency) throw new Error(`task ${one.at} came too early`)
        const earlier = begun.filter(other => other.turn !== undefined && other.turn === one.turn)
        if (earlier.some(other => other.at > one.at)) throw new Error(`task ${one.at} came too late`)
        running.push(one)
        begun.push(one)
        for (let tick = 0; tick < one.ticks; tick++) await setImmediate()
        running.splice(running.indexOf(one), 1)
        return one.at
      })
      t.deepEqual(
        results,
        tasks.map(one => one.at),
      )
    },
  )
  await fc.assert(law)
})

test('a source that waits for itself leaves the room beside it to others', async t => {
  const begun: string[] = []
  const tasks = ['a1', 'a2', 'b1', 'b2']
  await inTurn(tasks, { concurrency: 2, turnOf: one => (one.startsWith('a') ? 'a' : undefined) }, async one => {
    begun.push(one)
    for (let tick = 0; tick < (one === 'a1' ? 9 : 1); tick++) await setImmediate()
  })
  t.deepEqual(begun, ['a1', 'b1', 'b2', 'a2'])
})

test('the days of a source with a full list are put in order, and those of others stay', t => {
  const tasks = ['a3', 'b3', 'a1', 'b1', 'a2'].map(([source = '', day = '']) => ({
    batch: { source, date: `2023-05-0${day}` },
  }))
  t.deepEqual(
    inDateOrder(tasks, source => source === 'a').map(({ batch }) => `${batch.source}${batch.date.slice(-1)}`),
    ['a1', 'b3', 'a2', 'b1', 'a3'],
  )
})
