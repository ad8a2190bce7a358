import { constants } from 'node:fs'
import { chmod, copyFile, open } from 'node:fs/promises'

/**
 * Copies a Parquet file and declares the given nanosecond columns as local timestamps. DuckDB reads only local
 * timestamps with nanoseconds: it truncates times of day and UTC timestamps to microseconds, and rounds up before 1970.
 * The stored values are the same for all three types, so that two bytes of the footer per column are enough.
 *
 * @param path path of the copy, which only the current user can read; a clone if the file system supports it
 */
export async function copyAsLocal(file: string, path: string, columns: readonly string[]): Promise<void> {
  await copyFile(file, path, constants.COPYFILE_FICLONE)
  await chmod(path, 0o600)
  const copy = await open(path, 'r+')
  try {
    const { size } = await copy.stat()
    // The file ends with the footer, the footer's length in four bytes, and PAR1.
    const tail = Buffer.alloc(8)
    await copy.read(tail, 0, 8, size - 8)
    const footer = Buffer.alloc(tail.readUInt32LE(0))
    const start = size - 8 - footer.length
    await copy.read(footer, 0, footer.length, start)
    for (const { column, kindAt, zoneAt } of nanosecondMarks(footer)) {
      if (!columns.includes(column)) continue
      footer[kindAt] = timestampKind
      footer[zoneAt] = withoutZone(footer[zoneAt] ?? 0)
    }
    await copy.write(footer, 0, footer.length, start)
  } finally {
    await copy.close()
  }
}

/** The bytes in the footer of a Parquet file that declare the type of a nanosecond column. */
interface NanosecondMark {
  /** Name of the column; for a nested column the innermost name. */
  readonly column: string
  /** Offset of the byte that is different for TIME and TIMESTAMP. */
  readonly kindAt: number
  /** Offset of the byte that says whether the values are in UTC. */
  readonly zoneAt: number
}

// Field types of Thrift's compact protocol that occur in a Parquet footer.
const [yes, no, byte, double, binary, list, struct] = [1, 2, 3, 7, 8, 9, 12]
/** Field numbers in parquet.thrift: FileMetaData.schema, SchemaElement, LogicalType, TimeType and TimestampType. */
const ids = { schema: 2, name: 4, logicalType: 10, time: 7, timestamp: 8, isAdjustedToUtc: 1, unit: 2, nanos: 3 }

/**
 * Finds the nanosecond columns in a footer.
 *
 * @param footer the bytes of FileMetaData, which hyparquet has parsed without an error
 */
function nanosecondMarks(footer: Uint8Array): readonly NanosecondMark[] {
  const found: NanosecondMark[] = []
  const cursor = new Cursor(footer)
  cursor.fields((field, type) => {
    if (field !== ids.schema) cursor.skip(type)
    else {
      for (let left = cursor.listSize(); left > 0; left--) {
        const mark = schemaElement(cursor)
        if (mark !== undefined) found.push(mark)
      }
    }
  })
  return found
}

/** The header byte of a TIMESTAMP field: a delta of eight field numbers, and the type struct. */
const timestampKind = (ids.timestamp << 4) | struct
/** The byte for "not in UTC", given the present one. */
const withoutZone = (found: number): number => (found & 0xf0) | no

function schemaElement(cursor: Cursor): NanosecondMark | undefined {
  let column = ''
  let places: { kindAt: number; zoneAt: number } | undefined
  cursor.fields((field, type) => {
    if (field === ids.name) column = cursor.text()
    else if (field === ids.logicalType) places = logicalType(cursor)
    else cursor.skip(type)
  })
  return places === undefined ? undefined : { column, ...places }
}

function logicalType(cursor: Cursor): { kindAt: number; zoneAt: number } | undefined {
  const found = { kindAt: -1, zoneAt: -1, isNanos: false }
  cursor.fields((kind, type, headerAt) => {
    if (kind !== ids.time && kind !== ids.timestamp) {
      cursor.skip(type)
      return
    }
    found.kindAt = headerAt
    cursor.fields((field, inner, at) => {
      if (field === ids.isAdjustedToUtc) found.zoneAt = at
      if (field !== ids.unit) {
        cursor.skip(inner)
        return
      }
      cursor.fields((unit, unitType) => {
        found.isNanos = unit === ids.nanos
        cursor.skip(unitType)
      })
    })
  })
  const { kindAt, zoneAt, isNanos } = found
  return isNanos && zoneAt >= 0 ? { kindAt, zoneAt } : undefined
}

type EachField = (field: number, type: number, headerAt: number) => void

/** Reads Thrift's compact protocol and keeps its position. */
class Cursor {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Calls `each` for every field of a struct; `each` has to read or skip the field. */
  fields(each: EachField): void {
    for (let field = 0; ;) {
      const headerAt = this.#at
      const header = this.#next()
      if (header === 0) return
      field = header >> 4 === 0 ? this.#zigzag() : field + (header >> 4)
      each(field, header & 0x0f, headerAt)
    }
  }

  skip(type: number): void {
    if (type === yes || type === no) return
    if (type === byte) this.#at++
    else if (type === double) this.#at += 8
    else if (type === binary) {
      const length = this.#varint()
      this.#at += length
    } else if (type === struct)
      this.fields((_, inner) => {
        this.skip(inner)
      })
    else if (type === list) {
      const element = this.#bytes[this.#at] ?? 0
      const isFlag = (element & 0x0f) <= no
      for (let left = this.listSize(); left > 0; left--) this.skip(isFlag ? byte : element & 0x0f)
    } else this.#varint()
  }

  listSize(): number {
    const size = this.#next() >> 4
    return size === 15 ? this.#varint() : size
  }

  text(): string {
    const length = this.#varint()
    this.#at += length
    return new TextDecoder().decode(this.#bytes.subarray(this.#at - length, this.#at))
  }

  #next(): number {
    const found = this.#bytes[this.#at]
    if (found === undefined) throw new RangeError('the footer ends early')
    this.#at++
    return found
  }

  #varint(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const part = this.#next()
      value += (part & 0x7f) * scale
      if (part < 128) return value
    }
  }

  #zigzag(): number {
    const value = this.#varint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
}
