import { martLine } from '../ledger/view-header.ts'
import { UsageError } from '../platform/errors.ts'

/**
 * By what a refresh recomputes a mart.
 *
 * patient: a row depends on rows of its patient, and of patients who hold the same visit or entity.
 * visit: a row depends on rows of the tables of visits and their children that name its visit, and on rows of its patient in marts by
 *   patient, but not on their batch_date. One without a visit depends on what a row by patient does.
 * source: a row depends on rows of its source.
 * month: a row depends on rows of its source in marts, of which a date (`monthOf`) is in its month.
 * person: a row depends on rows of the patients of its person, and on those of the marts by source.
 * hour: a row depends on rows of its patient, and on readings from an hour before its hour to an hour after it.
 * whole: anything else; it is computed as a whole at each refresh, so it must be cheap.
 */
export type MartKind = 'patient' | 'visit' | 'source' | 'month' | 'person' | 'hour' | 'whole'

/** What the header of a view's file says of its mart. */
export interface MartHeader {
  readonly kind: MartKind
  /** Of a mart by source and month, the column of the marts that it reads; null for the other kinds. */
  readonly monthOf: string | null
  /** Each a list of columns, such as `drug, prescribed_date`. */
  readonly indexes: readonly string[]
}

const kinds: ReadonlyMap<string, MartKind> = new Map([
  ['by patient', 'patient'],
  ['by visit', 'visit'],
  ['by source', 'source'],
  ['by source and month of <column>', 'month'],
  ['by person', 'person'],
  ['by patient and hour', 'hour'],
  ['whole', 'whole'],
])

/** How a refresh recomputes a mart, in words. */
export const kindWords: Readonly<Record<MartKind, string>> = {
  patient: 'by patient',
  visit: 'by visit',
  source: 'by source',
  month: 'by source and month',
  person: 'by person',
  hour: 'by patient and hour',
  whole: 'as a whole',
}

/**
 * Reads the lines `-- materialized: <how>` and `-- index: <columns>` from the header of a view's file.
 *
 * @param shown the file, for messages
 * @returns undefined for a view without a mart
 * @throws UsageError for an unknown word, and for an index of a view without a mart
 */
export function martHeader(sql: string, shown: string): MartHeader | undefined {
  const lines = sql.split(/\r?\n/)
  const end = lines.findIndex(line => !line.startsWith('--'))
  const said = lines.slice(0, end === -1 ? lines.length : end).flatMap(line => {
    const [, word, value = ''] = martLine.exec(line) ?? []
    return word === undefined ? [] : [{ word, value: value.trim() }]
  })
  const indexes = said.filter(one => one.word === 'index').map(one => one.value)
  const [how, second] = said.filter(one => one.word === 'materialized').map(one => one.value)
  if (how === undefined) {
    if (indexes.length === 0) return undefined
    throw new UsageError(`${shown} has a line "-- index:" and no line "-- materialized:". Add it, or remove the index.`)
  }
  const monthOf = /^by source and month of ([a-z_][a-z0-9_]*)$/.exec(how)?.[1] ?? null
  const kind = monthOf === null ? kinds.get(how) : 'month'
  if (kind === undefined || (kind === 'month' && monthOf === null) || second !== undefined) {
    throw new UsageError(
      `${shown}: expected one line "-- materialized: ${[...kinds.keys()].join(' | ')}", found "${second ?? how}".`,
    )
  }
  for (const index of indexes) {
    if (/^[a-z_][a-z0-9_]*(?:, *[a-z_][a-z0-9_]*)*$/.test(index)) continue
    throw new UsageError(`${shown}: expected names of columns after "-- index:", with commas between them.`)
  }
  return { kind, monthOf, indexes }
}
