import { statementsOf, withoutComments } from '../platform/sql-text.ts'

/** A text, a quoted name, a word, `::`, or one other character. */
const token = /'(?:[^']|'')*'|"(?:[^"]|"")*"|[a-z_][a-z0-9_$]*|[0-9][0-9.]*|::|\S/gi

/**
 * The names of the columns that a view has, read from its statement: those of its outermost SELECT, the first of a union.
 *
 * @param sql one statement `create or replace view ... as`
 * @returns undefined where only a database knows them, as for `select *` or a result without a name
 */
export function viewColumns(sql: string): readonly string[] | undefined {
  const [statement = ''] = statementsOf(sql)
  const words = withoutComments(statement).match(token) ?? []
  const select = outermost(words, 'select', outermost(words, 'as', 0) + 1)
  if (select === words.length) return undefined
  const names = itemsFrom(words, select + 1).map(nameOf)
  return names.every(name => name !== undefined) ? names : undefined
}

/** The index of a keyword that is in no brackets; the number of words if there is none. */
function outermost(words: readonly string[], keyword: string, from: number): number {
  let depth = 0
  for (let at = from; at < words.length; at++) {
    const word = words[at] ?? ''
    depth += depthChange(word)
    if (depth === 0 && word.toLowerCase() === keyword) return at
  }
  return words.length
}

const depthChange = (word: string): number => (/^[([]$/.test(word) ? 1 : /^[)\]]$/.test(word) ? -1 : 0)

const endsSelect: readonly string[] = ['from', 'where', 'group', 'union', 'order', 'limit']

function itemsFrom(words: readonly string[], from: number): readonly (readonly string[])[] {
  const items: string[][] = [[]]
  let depth = 0
  for (let at = from; at < words.length; at++) {
    const word = words[at] ?? ''
    const isOutermost = depth === 0
    depth += depthChange(word)
    // `a is distinct from b` is part of an item.
    if (isOutermost && endsSelect.includes(word.toLowerCase()) && words[at - 1]?.toLowerCase() !== 'distinct') break
    if (isOutermost && word === ',') items.push([])
    else items.at(-1)?.push(word)
  }
  return items
}

const plainName = /^(?:[a-z_][a-z0-9_$]*|"(?:[^"]|"")*")$/i

/** `x as name`, `t.name` or `name`. */
function nameOf(item: readonly string[]): string | undefined {
  const name = item.at(-1) ?? ''
  const before = item.at(-2)?.toLowerCase()
  const isNamed = before === 'as' || before === undefined || (before === '.' && item.length === 3)
  if (!isNamed || !plainName.test(name)) return undefined
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase()
}

/** The relations of Caseload's schemas that a view reads, as `store.visits`, in the order in which it names them. */
export function relationsRead(sql: string): readonly string[] {
  const found = withoutComments(sql).matchAll(/\b(store|clinical|caseload)"?\s*\.\s*"?([a-z][a-z0-9_]*)/gi)
  const all = [...found].map(([, schema = '', name = '']) => `${schema}.${name}`.toLowerCase())
  // The first one is the view itself.
  return [...new Set(all)].slice(1)
}
