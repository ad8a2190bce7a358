import type { Data } from 'apache-arrow'
import { alignedBits, hasBit, lengthBytes, validityOf, type CopyColumn, type CopyTarget } from './column.ts'

/** Writes the values of the rows that are not NULL; `target.scratch` has their positions, or -1 for NULL. */
type Put = (data: Data, target: CopyTarget) => void

/** A column whose values all take `width` bytes. */
export function fixedColumn(width: number, put: Put): CopyColumn {
  return {
    measure(data, { selection, rows, sizes }) {
      const valid = validityOf(data)
      if (valid === undefined) return lengthBytes + width
      for (let index = 0; index < rows; index++) {
        if (hasBit(valid, selection[index] as number)) sizes[index] = (sizes[index] as number) + width
      }
      return lengthBytes
    },
    write(data, target) {
      place(data, target, width)
      put(data, target)
    },
  }
}

/** Writes the lengths, moves the positions, and stores the position of each value in `scratch`. */
function place(data: Data, { selection, rows, out, positions, scratch }: CopyTarget, width: number): void {
  const valid = validityOf(data)
  for (let index = 0; index < rows; index++) {
    const at = (positions[index] as number) + lengthBytes
    if (valid === undefined || hasBit(valid, selection[index] as number)) {
      out.setInt32(at - lengthBytes, width)
      scratch[index] = at
      positions[index] = at + width
    } else {
      out.setInt32(at - lengthBytes, -1)
      scratch[index] = -1
      positions[index] = at
    }
  }
}

/** Int8, Uint8 and Int16 as smallint. */
export const smallintColumn = fixedColumn(2, (data, { selection, rows, out, scratch }) => {
  const values = data.values as Int8Array | Uint8Array | Int16Array
  for (let index = 0; index < rows; index++) {
    const at = scratch[index] as number
    if (at >= 0) out.setInt16(at, values[selection[index] as number] as number)
  }
})

/** Int32 and Uint16 as integer. */
export const integerColumn = fixedColumn(4, (data, { selection, rows, out, scratch }) => {
  const values = data.values as Int32Array | Uint16Array
  for (let index = 0; index < rows; index++) {
    const at = scratch[index] as number
    if (at >= 0) out.setInt32(at, values[selection[index] as number] as number)
  }
})

/** Uint32 as bigint. */
export const unsignedColumn = fixedColumn(8, (data, { selection, rows, out, scratch }) => {
  const values = data.values as Uint32Array
  for (let index = 0; index < rows; index++) {
    const at = scratch[index] as number
    if (at >= 0) {
      out.setInt32(at, 0)
      out.setUint32(at + 4, values[selection[index] as number] as number)
    }
  }
})

/** Int64 as bigint, in two halves: BigInt would allocate an object per cell. */
export const bigintColumn = fixedColumn(8, (data, { selection, rows, out, scratch }) => {
  const halves = halvesOf(data)
  for (let index = 0; index < rows; index++) {
    const at = scratch[index] as number
    if (at >= 0) {
      const half = (selection[index] as number) * 2
      out.setInt32(at, halves[half + 1] as number)
      out.setInt32(at + 4, halves[half] as number)
    }
  }
})

/** Float32 as real. */
export const realColumn = fixedColumn(4, (data, { selection, rows, out, scratch }) => {
  const values = data.values as Float32Array
  for (let index = 0; index < rows; index++) {
    const at = scratch[index] as number
    if (at >= 0) out.setFloat32(at, values[selection[index] as number] as number)
  }
})

/** Float64 as double precision. */
export const doubleColumn = fixedColumn(8, (data, { selection, rows, out, scratch }) => {
  const values = data.values as Float64Array
  for (let index = 0; index < rows; index++) {
    const at = scratch[index] as number
    if (at >= 0) out.setFloat64(at, values[selection[index] as number] as number)
  }
})

/** Bool as boolean. */
export const booleanColumn = fixedColumn(1, (data, { selection, rows, out, scratch }) => {
  const bits = alignedBits(data.values as Uint8Array, data.offset, data.length)
  for (let index = 0; index < rows; index++) {
    const at = scratch[index] as number
    if (at >= 0) out.setUint8(at, hasBit(bits, selection[index] as number) ? 1 : 0)
  }
})

/** The little-endian halves of 64-bit values: low, high, low, high, ... */
export function halvesOf(data: Data): Int32Array {
  const values = data.values as BigInt64Array
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2)
}
