/** Kinds of errors about the statement itself or its environment. They may repeat quoted text that is in the statement. */
const aboutTheStatement = new Set(['Parser', 'Binder', 'Catalog', 'Permission', 'IO', 'Out of Memory', 'INTERRUPT'])

/** The message for a SELECT that uses something that the locked-down engine forbids. */
export const forbiddenWords =
  'uses something that no SELECT may use: a SELECT reads the relations of its inputs, and no file, setting or secret of the engine'

/** True for the error of such a SELECT. */
export function isForbidden(error: unknown): boolean {
  return error instanceof DuckDbError && ['Permission', 'Invalid Configuration'].includes(error.kind)
}

/** How DuckDB's messages about data start. The rest of a message can contain a value, so only these words are repeated. */
const knownOpenings = [
  'Could not convert string',
  'Could not cast value',
  'Could not parse string',
  'Type [A-Z0-9]+ with value',
  'date field value out of range',
  'timestamp field value out of range',
  'invalid date field format',
  'invalid timestamp field format',
  'invalid UTF-8',
  'CSV Error on Line',
  'Error when sniffing file',
  'Malformed JSON',
  'Overflow in [a-z ]+',
  'Cannot change configuration option',
]
const opening = new RegExp(`^(?:${knownOpenings.join('|')})`, 'i')

/**
 * An error of DuckDB without data. DuckDB's messages can contain whole rows ("Original Line"), so this does not keep the
 * original text. `message` has the kind, the first words if they are known to contain no value, names that occur in the
 * statement, and the position.
 */
export class DuckDbError extends Error {
  override readonly name = 'DuckDbError'
  /** DuckDB's name for the error: `Conversion`, `Parser`, `Invalid Input`, ... */
  readonly kind: string
  /** The line of the CSV file, if DuckDB names one. */
  readonly line: number | undefined
  /** The number of the JSON record in its file, from 1, if DuckDB names one. */
  readonly record: number | undefined
  /** The column whose value could not be cast, if DuckDB names one that occurs in the statement. */
  readonly column: string | undefined

  /**
   * @param original DuckDB's own message; not kept
   * @param sql the statement; the message repeats only names that occur in it
   */
  constructor(original: string, sql: string) {
    const firstLine = original.replace(/^Failed to [a-z ]+: /, '').split('\n', 1)[0] ?? ''
    const [, kind = 'Unknown', text = ''] = /^([A-Za-z ]{1,40}?)(?: Error)?: (.*)$/.exec(firstLine) ?? []
    const line = numberAfter(/CSV Error on Line: (\d+)/, original)
    // DuckDB's number is one too high: for a broken record 1, 2, 5, 2049 and 400,000 it was 2, 3, 6, 2050 and 400,001.
    const counted = numberAfter(
      /^Invalid Input Error: Malformed JSON in file .* in (?:record\/value|line) (\d+):/,
      original,
    )
    const record = counted === undefined ? undefined : counted - 1
    const column = columnOf(original, sql)
    const words = aboutTheStatement.has(kind) ? knownNames(text, sql) : (opening.exec(text)?.[0] ?? '')
    const position = [
      ...(column === undefined ? [] : [`column ${column}`]),
      ...(line === undefined ? [] : [`line ${line}`]),
      ...(record === undefined ? [] : [`record ${record}`]),
    ]
    super(
      `DuckDB: ${kind} error${words === '' ? '' : `: ${words}`}${position.length > 0 ? ` (${position.join(', ')})` : ''}`,
    )
    this.kind = kind
    this.line = line
    this.record = record
    this.column = column
  }
}

/** DuckDB's names for errors that the data causes, not the statement. */
const dataErrors: readonly string[] = ['Invalid Input', 'Conversion', 'Out of Range', 'Serialization', 'Invalid type']

/** True for an error about the content of a file. */
export function isAboutData(error: unknown): boolean {
  return error instanceof DuckDbError && (dataErrors.includes(error.kind) || isAboutGzip(error))
}

/** A file that is not valid gzip: an IO error for DuckDB, as is a full disk. */
function isAboutGzip({ kind, message }: DuckDbError): boolean {
  return (
    kind === 'IO' && /IO error: (?:Input is not a GZIP stream|Unsupported GZIP |Failed to decode gzip)/i.test(message)
  )
}

function numberAfter(pattern: RegExp, text: string): number | undefined {
  const digits = pattern.exec(text)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

function columnOf(text: string, sql: string): string | undefined {
  const name = /casting from source column (\w+)/.exec(text)?.[1] ?? /when converting column "([^"]+)"/.exec(text)?.[1]
  return name !== undefined && sql.includes(name) ? name : undefined
}

/** Repeats a message; quoted texts that do not occur in the statement become `"..."`. */
function knownNames(text: string, sql: string): string {
  return text.replaceAll(/"([^"]*)"|'([^']*)'/g, (whole, double: string | undefined, single: string | undefined) =>
    sql.includes(double ?? single ?? '') ? whole : '"..."',
  )
}
