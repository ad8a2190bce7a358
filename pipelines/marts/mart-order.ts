import { UsageError } from '../platform/errors.ts'
import type { Mart, ViewDefinition } from './definitions.ts'
import { kindWords, type MartHeader, type MartKind } from './mart-header.ts'
import { allRead, readBy } from './reads.ts'

/** True for a mart that is computed before those by person. */
export const isByPatient = ({ kind }: MartHeader): boolean => kind === 'patient' || kind === 'visit' || kind === 'hour'

/** Each after those that it reads: first those by patient, visit and hour, last those by person and what reads them. */
export function inOrder(marts: readonly Mart[], definitions: ReadonlyMap<string, ViewDefinition>): readonly Mart[] {
  const ordered: Mart[] = []
  const add = (mart: Mart): void => {
    if (ordered.includes(mart)) return
    const reads = allRead(mart, definitions)
    for (const other of marts) if (other !== mart && reads.has(other.name)) add(other)
    ordered.push(mart)
  }
  for (const mart of marts) add(mart)
  const later = ordered.filter(mart => !isByPatient(mart))
  return [
    ...ordered.filter(isByPatient),
    ...later.filter(mart => !isAfterPersons(mart, marts, definitions)),
    ...later.filter(mart => isAfterPersons(mart, marts, definitions)),
  ]
}

/** True for a mart by person, and for one that reads any. */
export function isAfterPersons(
  mart: Mart,
  marts: readonly Mart[],
  definitions: ReadonlyMap<string, ViewDefinition>,
): boolean {
  const isLast = ({ kind }: MartHeader): boolean => kind === 'person' || kind === 'whole'
  const reads = allRead(mart, definitions)
  return isLast(mart) || marts.some(other => isLast(other) && reads.has(other.name))
}

/** What a mart may read: a refresh knows no rows of a mart that a change of another kind touches. */
const mayRead: Readonly<Record<MartKind, readonly MartKind[]>> = {
  patient: ['patient', 'visit', 'hour'],
  visit: ['patient', 'visit'],
  hour: ['patient', 'visit', 'hour'],
  source: ['patient', 'visit', 'hour', 'source', 'month'],
  month: ['patient', 'visit', 'hour', 'source', 'month', 'person'],
  person: ['patient', 'visit', 'hour', 'source', 'person'],
  whole: ['patient', 'visit', 'hour', 'source', 'month', 'person', 'whole'],
}

/** @throws UsageError for a mart that reads one which it may not read */
export function requireOrder(marts: readonly Mart[], definitions: ReadonlyMap<string, ViewDefinition>): void {
  for (const mart of marts) {
    for (const { name } of readBy(mart, marts, definitions)) {
      const other = marts.find(one => one.name === name)
      if (other === undefined) continue
      const isLate = mart.kind === 'source' && isAfterPersons(other, marts, definitions)
      if (mayRead[mart.kind].includes(other.kind) && !isLate) continue
      const better = mayRead.person.includes(other.kind) ? 'by person or whole' : 'whole'
      throw new UsageError(
        `The view ${mart.name} is materialized ${kindWords[mart.kind]} and reads ${name}, which is materialized ` +
          `${kindWords[other.kind]}. Materialize ${mart.name} ${better}.`,
      )
    }
  }
}

/**
 * The marts that a mart by source and month reads.
 *
 * @throws UsageError if it reads anything else than marts with its date and their source: a refresh finds its months by the rows that
 *   changed in them
 */
export function monthsFrom(
  mart: Mart,
  marts: readonly Mart[],
  definitions: ReadonlyMap<string, ViewDefinition>,
): readonly string[] {
  if (mart.monthOf === null) return []
  return readBy(mart, marts, definitions).map(({ schema, name }) => {
    const read = marts.find(one => schema === 'clinical' && one.name === name)
    if (read !== undefined && ['source', mart.monthOf].every(column => read.columns.includes(column ?? ''))) return name
    throw new UsageError(
      `The view ${mart.name} is materialized by source and month of ${mart.monthOf}: expected that it reads views with a ` +
        `mart that have the columns source and ${mart.monthOf}, found ${schema}.${name}. Materialize ${mart.name} whole.`,
    )
  })
}
