/** What an error of DuckDB is about. */
export type DuckDbErrorCategory =
  | 'statement'
  | 'permission'
  | 'setting'
  | 'data'
  | 'gzip'
  | 'io'
  | 'memory'
  | 'interrupt'
  | 'engine'
  | 'not implemented'
  | 'other'

/**
 * The only list of DuckDB's error kinds: after an upgrade of DuckDB, compare it with its ExceptionType. `pattern`
 * matches the kind and the text, as in `IO: No space left`; the first match counts.
 */
const categories: readonly { readonly pattern: RegExp; readonly category: DuckDbErrorCategory }[] = [
  { pattern: /^(?:Parser|Binder|Catalog): /, category: 'statement' },
  { pattern: /^Permission: /, category: 'permission' },
  { pattern: /^Invalid Configuration: /, category: 'setting' },
  { pattern: /^(?:Invalid Input|Conversion|Out of Range|Serialization|Invalid type): /, category: 'data' },
  // A gzip that DuckDB rejects is an IO error, like a full disk.
  {
    pattern: /^IO: (?:.*IO error: )?(?:Input is not a GZIP stream|Unsupported GZIP |Failed to decode gzip)/i,
    category: 'gzip',
  },
  { pattern: /^IO: /, category: 'io' },
  { pattern: /^Out of Memory: /, category: 'memory' },
  { pattern: /^INTERRUPT: /i, category: 'interrupt' },
  { pattern: /^(?:INTERNAL|FATAL): /, category: 'engine' },
  // An unknown time zone, for example.
  { pattern: /^Not implemented: /, category: 'not implemented' },
]

function categoryOf(kind: string, text: string): DuckDbErrorCategory {
  return categories.find(({ pattern }) => pattern.test(`${kind}: ${text}`))?.category ?? 'other'
}

/** Errors whose text does not come from the data: names in it are repeated if they occur in the statement. */
const withoutData: readonly DuckDbErrorCategory[] = ['statement', 'permission', 'gzip', 'io', 'memory', 'interrupt']

/** What the message says about a SELECT that asks a locked engine for something else than its relations. */
export const forbiddenWords =
  'uses something that no SELECT may use: a SELECT reads the relations of its inputs, no file, setting or secret'

/** True for the error of such a SELECT. */
export function isForbidden(error: unknown): boolean {
  return error instanceof DuckDbError && ['permission', 'setting'].includes(error.category)
}

/** True for an error about the content of a file. */
export function isAboutData(error: unknown): boolean {
  return error instanceof DuckDbError && ['data', 'gzip'].includes(error.category)
}

/** First words of DuckDB's errors about data. The words after them can contain a value, so only these are repeated. */
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
 * An error of DuckDB without data: DuckDB's messages can contain whole rows ("Original Line"), so the original text is
 * not kept. `message` has the kind, the first words if they are known to contain no value, names that occur in the
 * statement, and the position.
 */
export class DuckDbError extends Error {
  override readonly name = 'DuckDbError'
  /** DuckDB's own word: `Conversion`, `Parser`, `Invalid Input`, ... Code compares `category`. */
  readonly kind: string
  readonly category: DuckDbErrorCategory
  /** The line of the CSV file, if DuckDB names it. */
  readonly line: number | undefined
  /** The number of the JSON record in its file, from 1, if DuckDB names it. */
  readonly record: number | undefined
  /** The column whose value could not be cast, if DuckDB names it and its name occurs in the statement. */
  readonly column: string | undefined

  /**
   * @param original DuckDB's message; not kept
   * @param sql the statement; names in the message are repeated only if they occur in it
   */
  constructor(original: string, sql: string) {
    const firstLine = original.replace(/^Failed to [a-z ]+: /, '').split('\n', 1)[0] ?? ''
    const [, kind = 'Unknown', text = ''] = /^([A-Za-z ]{1,40}?)(?: Error)?: (.*)$/.exec(firstLine) ?? []
    const line = numberAfter(/CSV Error on Line: (\d+)/, original)
    // DuckDB's number is one too high: for a broken record 1, 2, 5, 2049 and 400,000 it said 2, 3, 6, 2050 and 400,001.
    const counted = numberAfter(
      /^Invalid Input Error: Malformed JSON in file .* in (?:record\/value|line) (\d+):/,
      original,
    )
    const record = counted === undefined ? undefined : counted - 1
    const column = columnOf(original, sql)
    const category = categoryOf(kind, text)
    const words = withoutData.includes(category) ? knownNames(text, sql) : (opening.exec(text)?.[0] ?? '')
    const position = [
      ...(column === undefined ? [] : [`column ${column}`]),
      ...(line === undefined ? [] : [`line ${line}`]),
      ...(record === undefined ? [] : [`record ${record}`]),
    ]
    super(
      `DuckDB: ${kind} error${words === '' ? '' : `: ${words}`}${position.length > 0 ? ` (${position.join(', ')})` : ''}`,
    )
    this.kind = kind
    this.category = category
    this.line = line
    this.record = record
    this.column = column
  }
}

/** What to do about a lack of memory, or a file that the engine cannot write or read; undefined for any other error. */
export function engineMessage(error: unknown): string | undefined {
  if (!(error instanceof DuckDbError)) return undefined
  if (error.category === 'memory') {
    return `The engine ran out of memory (${error.message}). Give it more with CASELOAD_MEMORY.`
  }
  if (error.category === 'io' || error.category === 'gzip') {
    return `The engine could not write or read a file (${error.message}). Make room below CASELOAD_WORK, or name another folder.`
  }
  return undefined
}

function numberAfter(pattern: RegExp, text: string): number | undefined {
  const digits = pattern.exec(text)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

function columnOf(text: string, sql: string): string | undefined {
  const name = /casting from source column (\w+)/.exec(text)?.[1] ?? /when converting column "([^"]+)"/.exec(text)?.[1]
  return name !== undefined && sql.includes(name) ? name : undefined
}

/** The message, with `"..."` in place of quoted texts that do not occur in the statement. */
function knownNames(text: string, sql: string): string {
  return text.replaceAll(/"([^"]*)"|'([^']*)'/g, (whole, double: string | undefined, single: string | undefined) =>
    sql.includes(double ?? single ?? '') ? whole : '"..."',
  )
}
