/** Errors about the statement itself or its surroundings; their quoted text is ours if it stands in the statement. */
const aboutTheStatement = new Set(['Parser', 'Binder', 'Catalog', 'Permission', 'IO', 'Out of Memory', 'INTERRUPT'])

/** What is said of a SELECT that asks for something an engine that is locked down gives to none. */
export const forbiddenWords =
  'asks for what no SELECT may have: it reads the relations of its inputs, and no file, setting or secret of the engine'

/** True for the error of such a SELECT, whatever function it calls. */
export function isForbidden(error: unknown): boolean {
  return error instanceof DuckDbError && ['Permission', 'Invalid Configuration'].includes(error.kind)
}

/** How DuckDB's errors about data begin. What follows these words can hold a value, so only they are repeated. */
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
 * An error of DuckDB, told without data: its messages can hold whole rows ("Original Line"), so the original text is
 * not kept at all. `message` holds the kind, the opening words if they are known to hold no value, names that stand in
 * the statement, and the position.
 */
export class DuckDbError extends Error {
  override readonly name = 'DuckDbError'
  /** What DuckDB calls the error: `Conversion`, `Parser`, `Invalid Input`, ... */
  readonly kind: string
  /** The line of the CSV file, where DuckDB names one. */
  readonly line: number | undefined
  /** The number of the JSON record in its file, from 1, where DuckDB names one. */
  readonly record: number | undefined
  /** The column whose value could not be cast, where DuckDB names one that stands in the statement. */
  readonly column: string | undefined

  /**
   * @param original DuckDB's own message; not kept
   * @param sql the statement; names in the message are repeated only if they stand in it
   */
  constructor(original: string, sql: string) {
    const firstLine = original.replace(/^Failed to [a-z ]+: /, '').split('\n', 1)[0] ?? ''
    const [, kind = 'Unknown', text = ''] = /^([A-Za-z ]{1,40}?)(?: Error)?: (.*)$/.exec(firstLine) ?? []
    const line = numberAfter(/CSV Error on Line: (\d+)/, original)
    // DuckDB counts one too many: for a broken record 1, 2, 5, 2049 and 400,000 it said 2, 3, 6, 2050 and 400,001.
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

/** What DuckDB calls errors that come from what it reads, and not from the statement. */
const dataErrors: readonly string[] = ['Invalid Input', 'Conversion', 'Out of Range', 'Serialization', 'Invalid type']

/** True for an error of DuckDB's about what is in a file. */
export function isAboutData(error: unknown): boolean {
  return error instanceof DuckDbError && (dataErrors.includes(error.kind) || isAboutGzip(error))
}

/** A gzip that DuckDB takes for none. It calls that an IO error, as it does a full disk. */
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

/** Repeats a message, but of its quoted texts only those that the statement holds. */
function knownNames(text: string, sql: string): string {
  return text.replaceAll(/"([^"]*)"|'([^']*)'/g, (whole, double: string | undefined, single: string | undefined) =>
    sql.includes(double ?? single ?? '') ? whole : '"..."',
  )
}
