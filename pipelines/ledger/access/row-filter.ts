import { quoteIdent } from '../../platform/sql.ts'
import { qualityViews } from './access-names.ts'

/**
 * By what the rows of a relation are filtered.
 *
 * patient: a row belongs to a patient of a source.
 * source: a row is about all patients of a source.
 * whole: anything else; only a login that sees every patient sees its rows.
 * open: it shows counts and days, and no patient.
 */
export type RowFilter = 'patient' | 'source' | 'whole' | 'open'

/** How a relation of schema clinical or mart is filtered, by its columns. */
export function rowFilterOf({
  name,
  columns,
}: {
  readonly name: string
  readonly columns: readonly string[]
}): RowFilter {
  if (qualityViews.includes(name)) return 'open'
  if (!columns.includes('source')) return 'whole'
  return columns.includes('patient_id') ? 'patient' : 'source'
}

/**
 * The condition on a row. Each subquery is evaluated once per statement: the first gives one value, the others a hash table.
 *
 * @param of the columns of the row, such as `v.source`
 */
export function rowCondition(
  filter: RowFilter,
  of: { readonly source: string; readonly patient: string } = { source: 'source', patient: 'patient_id' },
): string {
  const whole = '(select caseload.care_sees_all())'
  const bySource = `${whole} or ${of.source} in (select caseload.care_sources())`
  const conditions: Readonly<Record<RowFilter, string>> = {
    open: 'true',
    whole,
    source: bySource,
    patient:
      `${bySource} or (${of.source}, ${of.patient}) in ` +
      '(select p.source, p.patient_id from caseload.care_patients() as p)',
  }
  return conditions[filter]
}

/** Columns that name another patient than that of the row. */
const ofOthers: readonly string[] = ['used_by']

/**
 * The statement that makes the view of schema care over a live view.
 *
 * @param made the name of the view that it makes, quoted
 */
export function careView(
  { name, columns }: { readonly name: string; readonly columns: readonly string[] },
  made = `care.${quoteIdent(name)}`,
): string {
  const filter = rowFilterOf({ name, columns })
  const shown = columns.map(column => {
    const value = `v.${quoteIdent(column)}`
    if (!ofOthers.includes(column) || filter !== 'patient') return value
    return `case when ${rowCondition('patient', { source: 'v.source', patient: value })} then ${value} end as ${quoteIdent(column)}`
  })
  return (
    `create or replace view ${made} with (security_barrier = true) as select ${shown.join(', ')} ` +
    `from clinical.${quoteIdent(name)} as v where ${rowCondition(filter, { source: 'v.source', patient: 'v.patient_id' })}`
  )
}
