import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import test from 'ava'
import type { RecordBatch } from 'apache-arrow'
import { createCopyEncoder } from '../../pipelines/stage/copy/binary.ts'
import { testEngine } from '../helpers/engine.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const rows = 60_000

/** Long texts of many lengths, short ones between them, multi-byte characters, and NULLs. */
const sql = `
  select
    'row ' || i || ' ' || repeat('lorem é ', (i % 23)::integer + 1) as long,
    case i % 3 when 0 then 'row ' || i when 1 then 'the text of row number ' || i end as mixed
  from range(${rows}) as r(i)`

function longOf(row: number): string {
  return `row ${row} ${'lorem é '.repeat((row % 23) + 1)}`
}

function mixedOf(row: number): string | null {
  return row % 3 === 0 ? `row ${row}` : row % 3 === 1 ? `the text of row number ${row}` : null
}

function field(text: string | null): Buffer {
  const value = Buffer.from(text ?? '')
  const field = Buffer.alloc(4 + value.length)
  field.writeInt32BE(text === null ? -1 : value.length)
  value.copy(field, 4)
  return field
}

function expected(start: number, count: number): Buffer {
  const fieldCount = Buffer.from([0, 2])
  return Buffer.concat(
    Array.from({ length: count }, (_, index) => [
      fieldCount,
      field(longOf(start + index)),
      field(mixedOf(start + index)),
    ]).flat(),
  )
}

test('long texts are copied out of a chunk before it can be collected', async t => {
  const db = await testEngine(t)
  const batches: RecordBatch[] = []
  for await (const batch of db.stream(sql)) {
    // The chunk behind this batch goes now, and DuckDB fills its memory with the next ones.
    collectGarbage()
    await new Promise(resolve => setImmediate(resolve))
    batches.push(batch)
  }
  collectGarbage()
  let row = 0
  let wrong = 0
  for (const batch of batches) {
    const encoder = createCopyEncoder(batch.schema, { columns: ['long', 'mixed'] })
    if (!expected(row, batch.numRows).equals(encoder.encode(batch).payload)) wrong++
    row += batch.numRows
  }
  t.is(row, rows)
  t.is(wrong, 0, `of ${batches.length} batches`)
})
