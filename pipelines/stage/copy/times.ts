import { fixedColumn, halvesOf } from './fixed.ts'

/** Postgres counts from 2000-01-01, Arrow from 1970-01-01. */
const epochDays = 10_957
const epochMicroseconds = 946_684_800_000_000
const epochHigh = Math.floor(epochMicroseconds / 2 ** 32)
const epochLow = epochMicroseconds % 2 ** 32

const largest = 0x7fffffff
const smallest = -0x80000000

/**
 * DateDay as date. DuckDB's infinities (the largest integer and its negative) become Postgres's (the largest and the
 * smallest integer). A day before Postgres's calendar is encoded out of range, so that the server refuses it (22008).
 */
export const dateColumn = fixedColumn(4, (data, { selection, rows, out, scratch }) => {
  const days = data.values as Int32Array
  for (let index = 0; index < rows; index++) {
    const at = scratch[index] as number
    if (at >= 0) {
      const day = days[selection[index] as number] as number
      // Without the minimum, the earliest days would wrap around, and two of them would become infinite.
      const moved = day === largest ? largest : day === -largest ? smallest : Math.max(day - epochDays, smallest + 1)
      out.setInt32(at, moved)
    }
  }
})

/**
 * TimestampMicrosecond as timestamp or timestamptz: a subtraction of two 32-bit halves with a borrow. Infinities and
 * times out of range are handled as for dates.
 */
export const timestampColumn = fixedColumn(8, (data, { selection, rows, out, scratch }) => {
  const halves = halvesOf(data)
  for (let index = 0; index < rows; index++) {
    const at = scratch[index] as number
    if (at >= 0) {
      const half = (selection[index] as number) * 2
      const low = (halves[half] as number) >>> 0
      const high = halves[half + 1] as number
      if (high === largest && low === 0xffffffff) {
        out.setInt32(at, largest)
        out.setInt32(at + 4, -1)
      } else if (high === smallest && low === 1) {
        out.setInt32(at, smallest)
        out.setInt32(at + 4, 0)
      } else {
        const borrow = low < epochLow ? 1 : 0
        const movedHigh = high - epochHigh - borrow
        // The earliest times would wrap around, and one of them would become -infinity.
        const isTooEarly = movedHigh <= smallest
        out.setInt32(at, isTooEarly ? smallest : movedHigh)
        out.setInt32(at + 4, isTooEarly ? 1 : low - epochLow)
      }
    }
  }
})
