import test from 'ava'
import { zonesInSelect } from '../../../pipelines/check/zones/zones-in-select.ts'

const found: readonly [select: string, zones: readonly string[]][] = [
  ['select a, b from x', []],
  ['select a::timestamp with time zone from x -- at time zone', []],
  ["select a at time zone 'Asia/Tokyo' from x", ['Asia/Tokyo']],
  ["select timezone ( 'Asia/Tokyo', a), a AT  TIME ZONE 'UTC' from x", ['Asia/Tokyo']],
  ['select a at time zone (select zone from batch) from x', ['Europe/Rome']],
  ["select timezone(b.zone, a), a at time zone 'Asia/Tokyo' from x", ['Europe/Rome', 'Asia/Tokyo']],
]

for (const [select, zones] of found) {
  test(`zones in: ${select}`, t => {
    t.deepEqual(zonesInSelect(select, 'Europe/Rome'), zones)
  })
}
