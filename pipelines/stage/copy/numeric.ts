import type { Data } from 'apache-arrow'
import { hasBit, lengthBytes, validityOf, type CopyColumn } from './column.ts'

/** Digit count, weight, sign and scale, two bytes each, before the digits. */
const headBytes = 8
const negative = 0x4000
/** Up to this scale a double holds a fraction, padded to whole groups, exactly. */
const fastScale = 12

/**
 * 128-bit decimals as numeric: groups of four digits, aligned on the decimal point. The fraction always has all its
 * groups, and the whole part of a value over 2^53 has leading zeros: the server removes both and keeps the scale.
 * Values under 2^53 need no BigInt.
 *
 * @param precision number of digits, 1 to 38
 * @param scale digits after the point; becomes the value's display scale
 */
export function numericColumn(precision: number, scale: number): CopyColumn {
  const layout: Layout = {
    scale,
    unit: 10 ** scale,
    fractionGroups: Math.ceil(scale / 4),
    padding: 10 ** ((4 - (scale % 4)) % 4),
    wideGroups: Math.ceil((precision - scale) / 4),
  }
  return {
    measure(data, { selection, rows, sizes }) {
      const words = wordsOf(data)
      const valid = validityOf(data)
      for (let index = 0; index < rows; index++) {
        const row = selection[index] as number
        if (valid === undefined || hasBit(valid, row)) {
          sizes[index] = (sizes[index] as number) + sizeOf(words, row << 2, layout)
        }
      }
      return lengthBytes
    },
    write(data, { selection, rows, out, positions }) {
      const words = wordsOf(data)
      const valid = validityOf(data)
      for (let index = 0; index < rows; index++) {
        const row = selection[index] as number
        const at = positions[index] as number
        const isValue = valid === undefined || hasBit(valid, row)
        const size = isValue ? writeValue(words, row << 2, layout, out, at + lengthBytes) : -1
        out.setInt32(at, size)
        positions[index] = at + lengthBytes + (isValue ? size : 0)
      }
    },
  }
}

interface Layout {
  readonly scale: number
  /** 10 to the scale. */
  readonly unit: number
  readonly fractionGroups: number
  /** Factor that extends the last group of a fraction to four digits. */
  readonly padding: number
  /** Number of groups before the point that is enough for every value of the precision. */
  readonly wideGroups: number
}

function wordsOf(data: Data): Int32Array {
  const values = data.values as Uint32Array
  return new Int32Array(values.buffer, values.byteOffset, values.length)
}

/** The unscaled value as a double, or NaN if a double cannot hold it exactly. */
function exactDouble(words: Int32Array, from: number, scale: number): number {
  const high = words[from + 1] as number
  const sign = high >> 31
  const isSmall = words[from + 2] === sign && words[from + 3] === sign && high >= -0x200000 && high < 0x200000
  return isSmall && scale <= fastScale ? high * 4294967296 + ((words[from] as number) >>> 0) : NaN
}

/** Number of groups of a whole number under 2^53. */
function groupsOf(whole: number): number {
  return whole < 1 ? 0 : whole < 1e4 ? 1 : whole < 1e8 ? 2 : whole < 1e12 ? 3 : 4
}

function sizeOf(words: Int32Array, from: number, layout: Layout): number {
  const value = exactDouble(words, from, layout.scale)
  const wholeGroups = Number.isNaN(value) ? layout.wideGroups : groupsOf(Math.abs(value) / layout.unit)
  return headBytes + 2 * (wholeGroups + layout.fractionGroups)
}

function writeValue(words: Int32Array, from: number, layout: Layout, out: DataView, at: number): number {
  const value = exactDouble(words, from, layout.scale)
  if (Number.isNaN(value)) return writeWide(words, from, layout, out, at)
  const absolute = Math.abs(value)
  // Exact: under 2^53 a quotient that is not a whole number is never rounded up to one.
  const whole = Math.floor(absolute / layout.unit)
  const wholeGroups = groupsOf(whole)
  const size = writeHead(out, at, wholeGroups, layout, value < 0)
  const point = at + headBytes + 2 * wholeGroups
  writeGroups(out, at + headBytes, point, whole)
  writeGroups(out, point, at + size, (absolute - whole * layout.unit) * layout.padding)
  return size
}

/** Writes a number from the last group to the first. */
function writeGroups(out: DataView, start: number, end: number, number: number): void {
  let rest = number
  for (let position = end - 2; position >= start; position -= 2) {
    const quotient = Math.floor(rest / 10_000)
    out.setInt16(position, rest - quotient * 10_000)
    rest = quotient
  }
}

function writeHead(out: DataView, at: number, wholeGroups: number, layout: Layout, isNegative: boolean): number {
  const groups = wholeGroups + layout.fractionGroups
  out.setInt16(at, groups)
  out.setInt16(at + 2, wholeGroups - 1)
  out.setInt16(at + 4, isNegative ? negative : 0)
  out.setInt16(at + 6, layout.scale)
  return headBytes + 2 * groups
}

function writeWide(words: Int32Array, from: number, layout: Layout, out: DataView, at: number): number {
  let value = BigInt(words[from + 3] as number)
  for (let word = 2; word >= 0; word--) value = (value << 32n) | BigInt((words[from + word] as number) >>> 0)
  const size = writeHead(out, at, layout.wideGroups, layout, value < 0n)
  let rest = (value < 0n ? -value : value) * BigInt(layout.padding)
  for (let position = at + size - 2; position >= at + headBytes; position -= 2) {
    out.setInt16(position, Number(rest % 10_000n))
    rest /= 10_000n
  }
  return size
}
