import test from 'ava'
import { gives, stay } from './gives.ts'
import type { Stay } from './stays.ts'

// Each second stay starts so many days after a discharge on 5 January. Merged: the first is no index of its own.
//   A same day, other facility: merged. B day after, other facility: merged. C two days after: never.
//   D same day, same facility, home: a readmission. E the same, but discharged by transfer: merged.
//   F day after, second facility unknown: merged.
test('merge_transfers: day of the discharge or the day after, and facility differs, is unknown, or was left by transfer', async t => {
  const pair = (name: string, from: string, first: Partial<Stay>, second: Partial<Stay>): readonly Stay[] => [
    stay(name, `${name}1`, '2023-01-01', '2023-01-05', { disposition: 'home', facility: 'north', ...first }),
    stay(name, `${name}2`, from, '2023-01-12', { disposition: 'home', facility: 'south', ...second }),
  ]
  await gives(
    t,
    [
      ...pair('A', '2023-01-05', {}, {}),
      ...pair('B', '2023-01-06', {}, {}),
      ...pair('C', '2023-01-07', { disposition: 'transfer' }, {}),
      ...pair('D', '2023-01-05', {}, { facility: 'north' }),
      ...pair('E', '2023-01-05', { disposition: 'transfer' }, { facility: 'north' }),
      stay('F', 'F1', '2023-01-01', '2023-01-05', { facility: 'north' }),
      stay('F', 'F2', '2023-01-06', '2023-01-12'),
    ],
    {
      merged: [
        { merge_transfers: true },
        [
          ...['A1 merged -', 'A2 index -', 'B1 merged -', 'B2 index -', 'C1 INDEX > C2 2', 'C2 index -'],
          ...['D1 INDEX > D2 0', 'D2 index -', 'E1 merged -', 'E2 index -', 'F1 merged -', 'F2 index -'],
        ],
      ],
      'each its own': [
        {},
        [
          ...['A1 INDEX > A2 0', 'A2 index -', 'B1 INDEX > B2 1', 'B2 index -', 'C1 INDEX > C2 2', 'C2 index -'],
          ...['D1 INDEX > D2 0', 'D2 index -', 'E1 INDEX > E2 0', 'E2 index -', 'F1 INDEX > F2 1', 'F2 index -'],
        ],
      ],
    },
  )
})

// Three hospitals in a row, one day each, then a stay 10 days after the last discharge (8 January): one episode with one
// index, the last stay of it.
test('merge_transfers: a chain is one episode, and its last stay is the index', async t => {
  await gives(
    t,
    [
      stay('P', 'V1', '2023-01-05', '2023-01-06', { facility: 'north' }),
      stay('P', 'V2', '2023-01-06', '2023-01-07', { facility: 'south' }),
      stay('P', 'V3', '2023-01-08', '2023-01-08', { facility: 'north' }),
      stay('P', 'V4', '2023-01-18', '2023-01-20', { facility: 'north' }),
    ],
    { merged: [{ merge_transfers: true }, ['V1 merged -', 'V2 merged -', 'V3 INDEX > V4 10', 'V4 index -']] },
  )
})

// V2 lies inside V1, V3 starts 4 days after V1 ends.
//   Merged: V1 ends the episode, its next is V3 (4 days).
//   Not merged: V1's next is V2, which starts 14 days before V1 ends: no readmission, and V3 does not count in its place.
//   V2 ended on 6 January: V3 is its readmission (18 days).
test('merge_overlaps: a stay inside another; else the overlapping next stay is no readmission and not skipped over', async t => {
  await gives(
    t,
    [
      stay('P', 'V1', '2023-01-01', '2023-01-20'),
      stay('P', 'V2', '2023-01-06', '2023-01-06'),
      stay('P', 'V3', '2023-01-24', '2023-01-25'),
    ],
    {
      merged: [{ merge_overlaps: true }, ['V1 INDEX > V3 4', 'V2 merged -', 'V3 index -']],
      'not merged': [{}, ['V1 index > V2 -14', 'V2 INDEX > V3 18', 'V3 index -']],
    },
  )
})

// On 10 January V1 ends at 15:00. A V2 at 09:00 overlaps though it is day 0, a V2 at 15:00 does not; without its time it
// is taken to come after.
test('merge_overlaps: moments decide where both are known', async t => {
  await gives(
    t,
    [
      stay('P', 'V1', '2023-01-05 08:00', '2023-01-10 15:00'),
      stay('P', 'V2', '2023-01-10 09:00', '2023-01-12 09:00'),
      stay('Q', 'W1', '2023-01-05 08:00', '2023-01-10 15:00'),
      stay('Q', 'W2', '2023-01-10 15:00', '2023-01-12 09:00'),
      stay('R', 'X1', '2023-01-05 08:00', '2023-01-10 15:00'),
      stay('R', 'X2', '2023-01-10', '2023-01-12'),
    ],
    {
      'not merged': [
        {},
        ['V1 index > V2 0', 'V2 index -', 'W1 INDEX > W2 0', 'W2 index -', 'X1 INDEX > X2 0', 'X2 index -'],
      ],
      merged: [
        { merge_overlaps: true },
        ['V1 merged -', 'V2 index -', 'W1 INDEX > W2 0', 'W2 index -', 'X1 INDEX > X2 0', 'X2 index -'],
      ],
    },
  )
})

// V1 runs from 1 to 20 January in the north, V2 inside it in the south, V3 starts in the north the day after V1 ends. The
// discharge that V3 follows is V1's: the same facility, home: a readmission after 1 day. W3 starts in the south: merged.
test('merge_transfers with merge_overlaps: the transfer is from the stay that ended last', async t => {
  const north = { facility: 'north', disposition: 'home' }
  const south = { facility: 'south', disposition: 'home' }
  const both = { merge_transfers: true, merge_overlaps: true }
  await gives(
    t,
    [
      stay('P', 'V1', '2023-01-01', '2023-01-20', north),
      stay('P', 'V2', '2023-01-05', '2023-01-10', south),
      stay('P', 'V3', '2023-01-21', '2023-01-25', north),
      stay('Q', 'W1', '2023-01-01', '2023-01-20', north),
      stay('Q', 'W2', '2023-01-05', '2023-01-10', south),
      stay('Q', 'W3', '2023-01-21', '2023-01-25', south),
    ],
    { both: [both, ['V1 INDEX > V3 1', 'V2 merged -', 'V3 index -', 'W1 merged -', 'W2 merged -', 'W3 index -']] },
  )
})
