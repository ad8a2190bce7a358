import { withoutComments } from '../../platform/sql-text.ts'

/** A text between quotes or dollars, a quoted name, a word, or a number. */
const token =
  /(?<![\w$])[eE]'(?:[^'\\]|\\[^]|'')*(?:'|$)|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*"|(?<![\w$])\$([A-Za-z_]\w*)?\$[^]*?\$\1\$|[A-Za-z_]\w*|\d[\d.]*(?:[eE][+-]?\d+)?/g

/** SQL without what may be taken from data: each literal is `…`, and comments are gone. Names stay. */
export function withoutLiterals(sql: string): string {
  return withoutComments(sql)
    .replaceAll(token, found => {
      if (/^[eE]?'/.test(found)) return "'…'"
      if (found.startsWith('$')) return "'…'"
      return /^\d/.test(found) ? '…' : found
    })
    .split('\n')
    .map(line => line.trimEnd())
    .join('\n')
    .trim()
}
