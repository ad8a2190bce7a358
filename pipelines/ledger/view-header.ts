/** What the comment at the top of a view's file says. */
export interface ViewHeader {
  /** `one row per source and visit ...`; undefined if it does not begin with "Grain: ". */
  readonly grain: string | undefined
  /** The rest of it, on one line; may be empty. */
  readonly notes: string
}

/** A line of the header that is for the engine, not for people: by what the mart of the view is computed, and its indexes. */
export const martLine = /^-- (materialized|index): *(.*)$/

/** Reads the header of a view's file; a sentence ends with a full stop and a blank. */
export function viewHeader(sql: string): ViewHeader {
  const lines = sql.split(/\r?\n/)
  const end = lines.findIndex(line => !line.startsWith('--'))
  const text = lines
    .slice(0, end === -1 ? lines.length : end)
    .filter(line => !martLine.test(line))
    .map(line => line.replace(/^--+ ?/, '').trim())
    .join(' ')
    .trim()
  const [, grain, notes = ''] = /^Grain: (.+?)[.]?(?:(?<=[.]) (.*))?$/.exec(text) ?? []
  return grain === undefined ? { grain, notes: text } : { grain, notes }
}

/**
 * What a header says of single columns: `as_of: the local day of which it speaks`, or a sentence such as "person_id is the one
 * of the newest link.".
 *
 * @param columns of the view
 * @returns by the name of the column; for a column that it does not begin a sentence with, nothing
 */
export function columnsInHeader(text: string, columns: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const clauses = text.split(/(?<=[.]) |; (?=[a-z_0-9, ]+: )/)
  for (const clause of clauses) {
    const [, names = '', meaning] = defined.exec(clause) ?? said.exec(clause) ?? []
    const described = names.split(/, | and /)
    if (!described.every(name => columns.includes(name))) continue
    for (const name of described)
      if (!found.has(name)) found.set(name, meaning === undefined ? sentence(clause) : sentence(capitalised(meaning)))
  }
  return found
}

const names = '([a-z][a-z0-9_]*(?:(?:, | and )[a-z][a-z0-9_]*)*)'
const defined = new RegExp(`^${names}: (.+)$`)
const verbs = 'is|are|says?|counts?|holds?|names?|adds?'
const said = new RegExp(`^${names} (?:${verbs}) .+$`)

const sentence = (text: string): string => (text.endsWith('.') ? text : `${text}.`)

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
