/** A part of a SQL text: a comment, the semicolon between two statements, or other text. */
interface Stretch {
  readonly kind: 'comment' | 'semicolon' | 'other'
  readonly text: string
}

/**
 * The tokens in which a semicolon does not end a statement, as the lexers of PostgreSQL and DuckDB define them, and the
 * semicolon itself. An unclosed token extends to the end; the parser reports it. A doubled quote is matched as two adjacent
 * texts, which has the same result, except in a text with backslashes.
 */
const special = new RegExp(
  [
    '--[^\\n\\r]*',
    '/\\*',
    "(?<![\\w$])[eE]'[^'\\\\]*(?:(?:\\\\[^]|'')[^'\\\\]*)*(?:'|$)",
    "'[^']*(?:'|$)",
    '"[^"]*(?:"|$)',
    '(?<![\\w$])\\$([A-Za-z_]\\w*)?\\$[^]*?(?:\\$\\1\\$|$)',
    ';',
  ].join('|'),
  'g',
)

function stretches(sql: string): readonly Stretch[] {
  const found: Stretch[] = []
  const add = (kind: Stretch['kind'], from: number, to: number): void => {
    if (to > from) found.push({ kind, text: sql.slice(from, to) })
  }
  let at = 0
  for (const matcher = new RegExp(special); ;) {
    matcher.lastIndex = at
    const match = matcher.exec(sql)
    if (match === null) break
    const [text] = match
    const end = text === '/*' ? blockEnd(sql, match.index) : match.index + text.length
    add('other', at, match.index)
    add(text === ';' ? 'semicolon' : /^(?:--|\/\*)/.test(text) ? 'comment' : 'other', match.index, end)
    at = end
  }
  add('other', at, sql.length)
  return found
}

/** Block comments can be nested. */
function blockEnd(sql: string, start: number): number {
  let depth = 0
  for (const { 0: mark, index } of sql.slice(start).matchAll(/\/\*|\*\//g)) {
    depth += mark === '/*' ? 1 : -1
    if (depth === 0) return start + index + mark.length
  }
  return sql.length
}

/**
 * Removes the comments from SQL of PostgreSQL's or DuckDB's dialect; quoted text that looks like a comment stays.
 *
 * @returns the text with a blank in place of each comment
 */
export function withoutComments(sql: string): string {
  return stretches(sql)
    .map(({ kind, text }) => (kind === 'comment' ? ' ' : text))
    .join('')
}

/**
 * Splits a file in PostgreSQL's or DuckDB's dialect into statements.
 *
 * @returns each with its comments and without its semicolon, so that it can be a subquery on separate lines; parts that
 * contain only comments are dropped
 */
export function statementsOf(sql: string): readonly string[] {
  const statements: Stretch[][] = [[]]
  for (const stretch of stretches(sql)) {
    if (stretch.kind === 'semicolon') statements.push([])
    else statements.at(-1)?.push(stretch)
  }
  return statements
    .filter(parts => parts.some(({ kind, text }) => kind === 'other' && text.trim() !== ''))
    .map(parts =>
      parts
        .map(({ text }) => text)
        .join('')
        .trim(),
    )
}
