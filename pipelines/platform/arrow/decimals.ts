/**
 * Widens DuckDB's decimals, which lie in the smallest integer that holds their precision, to Arrow's 128 bits.
 *
 * @param buffer the copied vector
 * @param width bytes of one value: 2, 4, 8 or 16
 * @returns four little-endian words a value, two's complement
 */
export function widenDecimals(buffer: ArrayBuffer, rows: number, width: 2 | 4 | 8 | 16): Uint32Array<ArrayBuffer> {
  if (width === 16) return new Uint32Array(buffer, 0, rows * 4)
  const wide = new Int32Array(rows * 4)
  if (width === 8) widenPairs(new Int32Array(buffer, 0, rows * 2), wide)
  else widenWords(width === 2 ? new Int16Array(buffer, 0, rows) : new Int32Array(buffer, 0, rows), wide)
  return new Uint32Array(wide.buffer)
}

function widenPairs(pairs: Int32Array, wide: Int32Array): void {
  for (let from = 0, to = 0; from < pairs.length; from += 2, to += 4) {
    const high = pairs[from + 1] as number
    wide[to] = pairs[from] as number
    wide[to + 1] = high
    wide[to + 2] = wide[to + 3] = high >> 31
  }
}

function widenWords(words: Int16Array | Int32Array, wide: Int32Array): void {
  for (let row = 0, to = 0; row < words.length; row++, to += 4) {
    const low = words[row] as number
    wide[to] = low
    wide[to + 1] = wide[to + 2] = wide[to + 3] = low >> 31
  }
}
