/** A value that is the same in every row of a COPY. */
export interface CopyConstant {
  readonly type: 'text' | 'date'
  /** The text, or the date as yyyy-mm-dd. */
  readonly value: string
}

const dayMilliseconds = 86_400_000

/**
 * Encodes the fields that every row ends with, once.
 *
 * @throws Error if a date is not a date of the calendar
 */
export function encodeConstants(constants: readonly CopyConstant[]): Uint8Array<ArrayBuffer> {
  const fields = constants.map(constant =>
    constant.type === 'text' ? textField(constant.value) : dateField(constant.value),
  )
  return new Uint8Array(Buffer.concat(fields))
}

function textField(value: string): Buffer {
  const field = Buffer.alloc(4 + Buffer.byteLength(value))
  field.writeInt32BE(field.length - 4)
  field.write(value, 4)
  return field
}

function dateField(value: string): Buffer {
  const days = (Date.parse(`${value}T00:00:00Z`) - Date.UTC(2000, 0, 1)) / dayMilliseconds
  if (!/^\d{4}-\d\d-\d\d$/.test(value) || !isCalendarDate(value)) throw new Error(`a constant is no date: ${value}`)
  const field = Buffer.alloc(8)
  field.writeInt32BE(4)
  field.writeInt32BE(days, 4)
  return field
}

/** Date.parse takes 2023-02-30 as 2 March. */
function isCalendarDate(value: string): boolean {
  const time = Date.parse(`${value}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value)
}
