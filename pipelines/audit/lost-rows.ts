import type { BadRowLimit } from '../source/bad-row-limit.ts'
import { seeRows } from './bad-rows.ts'
import { total } from '../contract/counts.ts'
import { countText, numberText } from '../platform/count-text.ts'
import { RefusedError } from '../platform/errors.ts'
import type { LoadedBatch, Transformer } from '../source/transformer.ts'

/** How many rows of a table, or records of an input, were checked, and how many of them went to quarantine. */
interface Judged {
  readonly name: string
  readonly kind: 'table' | 'input'
  readonly judged: number
  readonly bad: number
}

/**
 * With this number of rows or more, more than half of them in quarantine is a fault of the feed. Two of three rows can be
 * broken by chance; six of a ward's ten visits cannot.
 */
const fewestRows = 4

/** True if a table may end without a row although its SELECT yielded some, or a delivery may have no record. */
export function mayBeEmpty(empty: Transformer['empty'], table: string): boolean {
  return typeof empty === 'string' ? empty === 'allow' : empty[table] === 'allow'
}

/** True if a delivery without a record may replace a batch. */
export function mayDeliverNothing({ empty, tables }: Pick<Transformer, 'empty' | 'tables'>): boolean {
  return tables.every(table => mayBeEmpty(empty, table))
}

/**
 * Refuses a batch if a table or an input loses all its rows to quarantine, or more than half of at least four. A small table
 * never reaches the bad-row limit, and would be published empty. Rows that a named rule removes or that go with their parent
 * do not count.
 *
 * @param limit if the user or the source gave it, it may allow more than half of a table, but never all of it
 * @throws RefusedError naming tables, inputs and counts
 */
export function requireKeptRows(
  loaded: LoadedBatch,
  empty: Transformer['empty'],
  limit: BadRowLimit,
  runId: string | undefined,
): void {
  const groups = [...judgedInputs(loaded), ...judgedTables(loaded)].filter(({ judged }) => judged > 0)
  const lost = groups.filter(({ name, judged, bad }) => bad === judged && !mayBeEmpty(empty, name))
  const halved = groups.filter(
    ({ judged, bad }) => !limit.isGiven && judged >= fewestRows && bad > judged / 2 && bad < judged,
  )
  if (lost.length === 0 && halved.length === 0) return
  const words = [...lost, ...halved].map(
    ({ name, kind, judged, bad }) =>
      `${numberText(bad)} of ${countText(judged, kind === 'table' ? 'row' : 'record')} of ${name}`,
  )
  const table = lost.find(({ kind }) => kind === 'table')?.name
  const allow = [
    ...(table === undefined
      ? []
      : [`a source that may lose all rows of a table declares empty = { ${table}: 'allow' }`]),
    ...(halved.length === 0 ? [] : ['--max-bad-rows allows more than half']),
  ]
  throw new RefusedError(
    `Expected most rows of every table to keep their contract, but ${words.join(', ')} went to quarantine. What was ` +
      `published before is unchanged. ${seeRows('why', runId)}Correct the delivery ` +
      `or the source and run the batch again${allow.length === 0 ? '' : `; ${allow.join('; ')}`}.`,
  )
}

/**
 * Refuses a batch that would publish no row, although something was delivered.
 *
 * @throws RefusedError with the command that shows why
 */
export function requireRows(loaded: LoadedBatch, empty: Transformer['empty'], runId: string | undefined): void {
  const offered = loaded.tables.reduce((sum, { candidates }) => sum + candidates, 0)
  const left = loaded.tables.reduce((sum, table) => sum + table.loaded, 0)
  if (left > 0 || loaded.tables.every(({ table }) => mayBeEmpty(empty, table))) return
  throw new RefusedError(
    `Expected rows to publish, but none of the ${countText(offered, 'row')} offered can be loaded. What was published before is ` +
      `unchanged. ${seeRows('why', runId)}A source whose batches may be empty ` +
      `declares empty = 'allow'.`,
  )
}

function judgedTables({ tables }: LoadedBatch): readonly Judged[] {
  return tables.map(({ table, candidates, quarantined, removed }) => {
    const withParent = quarantined['parent'] ?? 0
    return {
      name: table,
      kind: 'table',
      judged: candidates - total(removed) - withParent,
      bad: total(quarantined) - withParent,
    }
  })
}

function judgedInputs({ files }: LoadedBatch): readonly Judged[] {
  const names = [...new Set(files.map(file => file.input))]
  return names.map(name => {
    const own = files.filter(file => file.input === name)
    const sum = (count: (file: (typeof own)[number]) => number): number =>
      own.reduce((all, file) => all + count(file), 0)
    return {
      name,
      kind: 'input',
      judged: sum(file => file.records - (file.emptyRows ?? 0)),
      bad: sum(file => file.quarantined),
    }
  })
}
