import { DataType, DateUnit, TimeUnit, Type, type Field } from 'apache-arrow'
import type { CopyColumn } from './column.ts'
import {
  bigintColumn,
  booleanColumn,
  doubleColumn,
  integerColumn,
  realColumn,
  smallintColumn,
  unsignedColumn,
} from './fixed.ts'
import { numericColumn } from './numeric.ts'
import { textColumn } from './text.ts'
import { dateColumn, timestampColumn } from './times.ts'

/**
 * The encoder of a column of an Arrow schema: Utf8 as text, Bool as boolean, Int8, Uint8 and Int16 as smallint, Uint16
 * and Int32 as integer, Uint32 and Int64 as bigint, Float32 and Float64 as real and double precision, DateDay as date,
 * TimestampMicrosecond as timestamp or timestamptz, 128-bit Decimal as numeric.
 *
 * @throws Error with column and type for any other type
 */
export function copyColumn(field: Field): CopyColumn {
  const type = field.type as DataType
  const column = numberColumn(type) ?? otherColumn(type)
  if (column === undefined)
    throw new Error(`column ${field.name} has the type ${Type[type.typeId]}, which COPY cannot encode`)
  return column
}

function numberColumn(type: DataType): CopyColumn | undefined {
  if (DataType.isInt(type)) {
    if (type.bitWidth === 8 || (type.bitWidth === 16 && type.isSigned)) return smallintColumn
    if (type.bitWidth === 16 || (type.bitWidth === 32 && type.isSigned)) return integerColumn
    if (type.bitWidth === 32) return unsignedColumn
    return type.isSigned ? bigintColumn : undefined
  }
  if (DataType.isFloat(type)) return [undefined, realColumn, doubleColumn][type.precision]
  if (DataType.isDecimal(type) && type.bitWidth === 128) return numericColumn(type.precision, type.scale)
  return undefined
}

function otherColumn(type: DataType): CopyColumn | undefined {
  if (DataType.isUtf8(type)) return textColumn
  if (DataType.isBool(type)) return booleanColumn
  if (DataType.isDate(type) && type.unit === DateUnit.DAY) return dateColumn
  if (DataType.isTimestamp(type) && type.unit === TimeUnit.MICROSECOND) return timestampColumn
  return undefined
}
