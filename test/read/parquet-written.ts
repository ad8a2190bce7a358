import { parquetMetadata, type SchemaElement } from 'hyparquet'
import { ByteWriter, parquetWriteBuffer } from 'hyparquet-writer'
import { writeMetadata } from 'hyparquet-writer/src/metadata.js'

/** A column as its values lie in a Parquet file, and what the footer says of them. */
export interface WrittenColumn {
  readonly name: string
  /** Of the physical type: bigint for INT64, bytes for arrays. */
  readonly values: readonly unknown[]
  readonly physical: Pick<SchemaElement, 'type' | 'type_length'>
  /** Overrides the physical type for INT96, which is written as bytes. */
  readonly logical?: Partial<SchemaElement>
}

/** Writes a Parquet file with a writer that is not DuckDB's: raw values first, their meaning in the footer afterwards. */
export function writtenParquet(columns: readonly WrittenColumn[]): Buffer {
  const elements = columns.map(({ name, physical }): SchemaElement => ({
    name,
    repetition_type: 'OPTIONAL',
    ...physical,
  }))
  const file = parquetWriteBuffer({
    columnData: columns.map(({ name, values }) => ({ name, data: [...values] })),
    schema: [{ name: 'root', num_children: columns.length }, ...elements],
    statistics: false,
  })
  const metadata = parquetMetadata(file)
  for (const [index, { logical = {} }] of columns.entries()) {
    Object.assign(metadata.schema[index + 1] ?? {}, logical)
    for (const { columns: chunks } of metadata.row_groups) {
      const chunk = chunks[index]?.meta_data
      if (chunk !== undefined && logical.type !== undefined) chunk.type = logical.type
    }
  }
  const data = file.byteLength - 8 - new DataView(file).getUint32(file.byteLength - 8, true)
  const writer = new ByteWriter()
  writer.appendBytes(new Uint8Array(file, 0, data))
  writeMetadata(writer, metadata)
  const bytes = Buffer.from(writer.getBytes())
  return bytes.subarray(-4).toString() === 'PAR1' ? bytes : Buffer.concat([bytes, Buffer.from('PAR1')])
}

/** The bytes of a decimal's unscaled value, as Parquet has it. */
export function bigEndian(value: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let at = length - 1, rest = BigInt.asUintN(length * 8, value); at >= 0; at--, rest >>= 8n) {
    bytes[at] = Number(rest & 255n)
  }
  return bytes
}
