import type { LandedFile } from '../landing/files/landed-file.ts'
import { RefusedError } from '../platform/errors.ts'
import { type Input, mostRecordMiB } from '../source/inputs.ts'
import { readLimits } from './limits.ts'

/** Why a file cannot be CSV records, with the number of the record (from 1) if it is known. */
export interface CsvFault {
  readonly fault: 'empty' | 'cut off' | 'too long' | 'wide' | 'line ends'
  readonly record: number
}

/** Why a file cannot be JSON records, with the number of the record (from 1) if it is known. */
export interface JsonFault {
  readonly fault: 'empty' | 'cut off' | 'unbalanced' | 'after end' | 'too deep' | 'too long' | 'wide'
  readonly record: number
}

type Fault = CsvFault['fault'] | JsonFault['fault']

const mayBeEmpty = "a source whose deliveries may be empty declares empty = 'allow'."

const utf16Remedy = "Declare encoding: 'utf-16le' (or 'utf-16be') in the source's input, or deliver it as UTF-8."

/** What is wrong and what to do; a pair has the words for CSV and for JSON. */
const faultWords: Readonly<
  Record<Exclude<Fault, 'too long'>, string | { readonly csv: string; readonly json: string }>
> = {
  empty: {
    csv: `the file has not even a header line. Deliver it again; ${mayBeEmpty}`,
    json: `found none: the file is empty. Deliver it again; ${mayBeEmpty}`,
  },
  wide: { csv: `it is UTF-16. ${utf16Remedy}`, json: 'it is UTF-16. Deliver it as UTF-8.' },
  'cut off': 'the file ends in the middle of a record. Deliver it again.',
  unbalanced: 'brackets, braces and commas do not match. Deliver it again.',
  'after end': 'something follows the end of the list. Deliver it again.',
  'too deep': 'values are nested more than 64 deep. Deliver it with less nesting.',
  'line ends': 'its lines end in CR alone. Deliver it with LF or CR LF.',
}

/** The refusal of a file; its message contains no byte of the file. */
export function refuseFault(file: LandedFile, input: Input, { fault, record }: CsvFault | JsonFault): RefusedError {
  const words = fault === 'too long' ? tooLong(input) : faultWords[fault]
  const where = record > 0 ? ` (seen at record ${record})` : ''
  return new RefusedError(
    `Expected ${input.format} records in ${file.name}${where}, but ${typeof words === 'string' ? words : words[input.format]}`,
  )
}

function tooLong(input: Input): string {
  const most = readLimits(input).recordBytes / (1024 * 1024)
  return (
    `a record is longer than ${most} MiB. An open quote can be the cause: correct it and deliver the file again. If records ` +
    `are that long, declare a greater maxRecordMiB in the input (at most ${mostRecordMiB[input.format]}).`
  )
}
