import { copyBytes } from '../../platform/arrow/bytes.ts'
import { hasBit, lengthBytes, validityOf, type CopyColumn } from './column.ts'

/** Utf8 as text. The server refuses a text with NUL (22021). */
export const textColumn: CopyColumn = {
  measure(data, { selection, rows, sizes }) {
    const offsets = data.valueOffsets as Int32Array
    const valid = validityOf(data)
    for (let index = 0; index < rows; index++) {
      const row = selection[index] as number
      if (valid === undefined || hasBit(valid, row)) {
        sizes[index] = (sizes[index] as number) + (offsets[row + 1] as number) - (offsets[row] as number)
      }
    }
    return lengthBytes
  },
  write(data, { selection, rows, out, positions }) {
    const offsets = data.valueOffsets as Int32Array
    const text = data.values as Uint8Array
    const values = new DataView(text.buffer, text.byteOffset, text.byteLength)
    const valid = validityOf(data)
    for (let index = 0; index < rows; index++) {
      const row = selection[index] as number
      const at = positions[index] as number
      if (valid === undefined || hasBit(valid, row)) {
        const start = offsets[row] as number
        const length = (offsets[row + 1] as number) - start
        out.setInt32(at, length)
        copyBytes(values, start, out, at + lengthBytes, length)
        positions[index] = at + lengthBytes + length
      } else {
        out.setInt32(at, -1)
        positions[index] = at + lengthBytes
      }
    }
  },
}
