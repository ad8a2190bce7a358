import test from 'ava'
import fc from 'fast-check'
import {
  type ClockChange,
  differencesOf,
  differenceText,
  offsetText,
} from '../../../pipelines/check/zones/differences.ts'

const ahead = fc.constantFrom(-28_800, -25_200, 0, 3600, 7200)
const clock = fc
  .tuple(
    ahead,
    fc.uniqueArray(fc.record({ moment: fc.integer({ min: 1, max: 60 }), ahead }), { selector: one => one.moment }),
  )
  .map(([first, later]): readonly ClockChange[] => [
    { moment: 0, ahead: first },
    ...[...later].sort((a, b) => a.moment - b.moment),
  ])

const at = (changes: readonly ClockChange[], moment: number): number | undefined =>
  changes.filter(change => change.moment <= moment).at(-1)?.ahead

test('a moment lies in a difference if and only if the two clocks differ at it', t => {
  fc.assert(
    fc.property(clock, clock, (engine, server) => {
      const found = differencesOf(engine, server)
      for (let moment = 0; moment <= 70; moment++) {
        const inside = found.filter(one => one.from <= moment && moment < one.to)
        const [mine, theirs] = [at(engine, moment), at(server, moment)]
        if (mine === theirs) t.deepEqual(inside, [])
        else
          t.deepEqual(
            inside.map(one => [one.engine, one.server]),
            [[mine, theirs]],
          )
      }
    }),
  )
})

test('what differs in the last year that is compared goes on', t => {
  const from = Date.UTC(2099, 10, 1) / 1000
  const engine = [{ moment: 0, ahead: 0 }]
  const server = [...engine, { moment: from, ahead: 3600 }, { moment: from + 100, ahead: 0 }]
  t.deepEqual(differencesOf(engine, server), [{ from, to: Infinity, engine: 0, server: 3600 }])
})

test('a difference is told by its moments and both offsets', t => {
  t.is(offsetText(-1050), '-00:17:30')
  t.is(
    differenceText({
      from: Date.UTC(2026, 10, 1, 9) / 1000,
      to: Date.UTC(2027, 2, 14, 10) / 1000,
      engine: -28_800,
      server: 20_700,
    }),
    'from 2026-11-01 09:00 UTC to 2027-03-14 10:00 UTC it is at -08:00 by DuckDB and at +05:45 by PostgreSQL',
  )
})
