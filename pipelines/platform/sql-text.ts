/** A stretch of a SQL text: a comment, the semicolon between two statements, or all else. */
interface Stretch {
  readonly kind: 'comment' | 'semicolon' | 'other'
  readonly text: string
}

/**
 * What a semicolon may stand in without ending a statement, as the lexers of PostgreSQL and DuckDB have it. A text that
 * is not closed goes on to the end: the parser will say so. A doubled quote is two texts side by side, which is as good, but
 * for a text with backslashes.
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

/** Comments of this kind may hold others. */
function blockEnd(sql: string, start: number): number {
  let depth = 0
  for (const { 0: mark, index } of sql.slice(start).matchAll(/\/\*|\*\//g)) {
    depth += mark === '/*' ? 1 : -1
    if (depth === 0) return start + index + mark.length
  }
  return sql.length
}

/**
 * Takes the comments out of SQL of PostgreSQL's or DuckDB's dialect; what looks like one in a quoted text stays.
 *
 * @returns the text with a blank in place of each comment
 */
export function withoutComments(sql: string): string {
  return stretches(sql)
    .map(({ kind, text }) => (kind === 'comment' ? ' ' : text))
    .join('')
}

/**
 * The statements of a file in PostgreSQL's or DuckDB's dialect.
 *
 * @returns each with its comments and without its semicolon, so that it can stand as a subquery on lines of its own; what
 * holds nothing but comments is none
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
