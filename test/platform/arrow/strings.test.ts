import test from 'ava'
import { readStrings } from '../../../pipelines/platform/arrow/strings.ts'
import type { RawChunk } from '../../../pipelines/platform/arrow/raw-chunk.ts'

const base = 0x7f00_1234_0000

/** A chunk of one VARCHAR column with long texts at `offsets` from a base address. */
function chunkOf(texts: readonly string[], offsets: readonly number[], reads: [number, number][]): RawChunk {
  const memory = Buffer.alloc(1000, '#')
  const records = Buffer.alloc(texts.length * 16)
  texts.forEach((text, row) => {
    const bytes = Buffer.from(text)
    records.writeUInt32LE(bytes.length, row * 16)
    if (bytes.length <= 12) {
      bytes.copy(records, row * 16 + 4)
    } else {
      bytes.copy(memory, offsets[row])
      bytes.copy(records, row * 16 + 4, 0, 4)
      records.writeBigUInt64LE(BigInt(base + (offsets[row] ?? 0)), row * 16 + 8)
    }
  })
  return {
    rows: texts.length,
    data: () => new Uint8Array(records),
    validity: () => null,
    follow: (buffer, offset, byteCount) => {
      const start = Number(new DataView(buffer).getBigUint64(offset, true)) - base
      reads.push([start, byteCount])
      return new Uint8Array(memory.subarray(start, start + byteCount))
    },
  }
}

function textsOf(chunk: RawChunk): string[] {
  const data = readStrings(chunk, 0, null)
  return Array.from({ length: data.length }, (_, row) =>
    Buffer.from(data.values.subarray(data.valueOffsets[row], data.valueOffsets[row + 1])).toString(),
  )
}

test('one read fetches the contiguous texts, and not a byte more', t => {
  const texts = ['first of thirteen', 'short', 'second one, behind it', '', 'in another block', 'and behind that']
  const reads: [number, number][] = []
  t.deepEqual(textsOf(chunkOf(texts, [100, 0, 117, 0, 500, 516], reads)), texts)
  t.deepEqual(reads, [
    [100, 38],
    [500, 31],
  ])
})

test('texts in any order, and repeated texts, are read', t => {
  const texts = ['a text that lies last', 'a text that lies first', 'a text that lies last', 'a text that lies last']
  const reads: [number, number][] = []
  t.deepEqual(textsOf(chunkOf(texts, [800, 40, 800, 800], reads)), texts)
  t.deepEqual(reads, [
    [800, 21],
    [40, 22],
    [800, 21],
  ])
})
