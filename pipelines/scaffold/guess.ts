import { columnsOf, type Contract, type ContractColumn } from '../contract/contract.ts'
import { takesNumbers } from './decimal-commas.ts'
import { findColumn, fitted, isAbout, namedTable, placeholderFor } from './find-column.ts'
import type { CommaColumn, GuessParts, Mapping, Misfit, Reading, ReadingColumn, Value } from './mapping.ts'
import { levelPath, type NestingLevel, type SourceColumn } from './nesting-levels.ts'
import { columnSynonyms, plainName, readingSynonyms, distinctiveColumns } from './synonyms.ts'

/** Tables that are filled only on request: aggregates, and access rights. */
const onlyOnRequest: readonly string[] = ['measurements_hourly', 'users', 'role_definitions', 'user_roles']

/**
 * Guesses which tables a sample fills, and from which of its columns: it compares names with the synonyms that feeds
 * use, and values with the contracts. It returns at least one table, possibly with columns that nothing fills yet.
 */
export async function guessMappings(parts: GuessParts): Promise<readonly Mapping[]> {
  const { asked, contracts } = parts
  const wanted = contracts.filter(({ table }) =>
    asked.length > 0 ? asked.includes(table) : !onlyOnRequest.includes(table),
  )
  const found: Mapping[] = []
  for (const contract of wanted) {
    const maps = await Promise.all(parts.levels.map(level => mapLevel(parts, contract, level, found)))
    const usable = asked.length > 0 ? maps : maps.filter(map => isCertain(parts, map))
    const best = usable.reduce<Mapping | undefined>(
      (first, map) => (first === undefined || isBetter(map, first) ? map : first),
      undefined,
    )
    if (best !== undefined) found.push(best)
  }
  if (found.length > 0) return found
  return [await bestOf(parts, wanted)]
}

/** The table if none is certain: the one that the sample is named after, else the one with the most matching columns. */
async function bestOf(parts: GuessParts, wanted: readonly Contract[]): Promise<Mapping> {
  const [root] = parts.levels
  if (root === undefined) throw new Error('the input has no level')
  const maps = await Promise.all(wanted.map(contract => mapLevel(parts, contract, root, [])))
  const called = maps.filter(({ contract }) => isAbout(parts, root, contract.table))
  const [best] = [...(called.length > 0 ? called : maps)].sort((a, b) => weight(b) - weight(a))
  if (best === undefined) throw new Error('there is no table')
  return best
}

/** The file or list that is called after the table goes before a column in another one; then the number of columns counts. */
function isBetter(map: Mapping, than: Mapping): boolean {
  const own = ({ level, contract }: Mapping): number => Number(namedTable(level) === contract.table)
  return own(map) === own(than) ? weight(map) > weight(than) : own(map) > own(than)
}

/** Counts the columns of the level itself, not those of levels above it. */
const weight = ({ level, values, readings }: Mapping): number =>
  readings.length + [...values.values()].filter(value => value.kind === 'column' && value.level === level).length

function isCertain({ levels }: GuessParts, { contract, level, values, readings }: Mapping): boolean {
  if ([...values.values()].some(value => value.kind === 'absent')) return false
  const own = (name: string): boolean => {
    const value = values.get(name)
    return value?.kind === 'column' && value.level === level
  }
  const telling =
    distinctiveColumns[contract.table] ?? Object.keys(contract.shape).filter(name => !contract.key.includes(name))
  // A list of people below the records, without patient ids, holds contacts of the patient.
  if (contract.table === 'patients' && !own('patient_id')) return false
  return (
    readings.length > 0 || telling.some(own) || (levels.length === 1 && contract.key.every(own) && telling.length === 0)
  )
}

async function mapLevel(
  parts: GuessParts,
  contract: Contract,
  level: NestingLevel,
  earlier: readonly Mapping[],
): Promise<Mapping> {
  const misfits: Misfit[] = []
  const used = new Set<SourceColumn>()
  const found = new Map<string, Value>()
  const columns = columnsOf(contract)
  // Strong names first: a weak name must not claim a column such as `start_date`.
  for (const strength of ['strong', 'weak'] as const) {
    for (const target of columns) {
      if (found.has(target.name)) continue
      const known = inherited(contract, level, target.name, earlier)
      if (known !== undefined) {
        found.set(target.name, known)
        continue
      }
      const value = await findColumn(parts, contract, level, target, strength, { used, misfits })
      if (value !== undefined) found.set(target.name, value)
    }
  }
  const type = columns.find(({ name }) => name === 'type' && contract.table === 'measurements')
  if (type !== undefined && !found.has(type.name)) {
    const value = await findColumn(parts, contract, level, type, 'last', { used, misfits })
    if (value !== undefined) found.set(type.name, value)
  }
  await splitValues(parts, found, level, misfits)
  await findLast(parts, contract, level, columns, found)
  const { readings, unfit } = await findReadings(parts, contract, level, found, used)
  const values = columns.flatMap(target => {
    const value = found.get(target.name) ?? placeholderFor(contract, level, target, earlier)
    if (readings.length > 0 && ['type', 'value', 'unit'].includes(target.name)) return []
    return value === undefined ? [] : [[target.name, value] as const]
  })
  return {
    contract,
    level,
    values: new Map(values),
    readings,
    misfits: misfits.filter(({ target, column }) => !found.has(target) && !used.has(column)),
    commas: await commasIn(parts, level, columns, {
      found,
      misfits,
      readings: [...readings.map(one => one.column), ...unfit],
    }),
  }
}

interface Guessed {
  readonly found: ReadonlyMap<string, Value>
  readonly misfits: readonly Misfit[]
  /** Columns that are called like a reading, also those whose values are none. */
  readonly readings: readonly SourceColumn[]
}

/** The columns for numbers that have commas. */
async function commasIn(
  { commas }: GuessParts,
  level: NestingLevel,
  columns: readonly ContractColumn[],
  { found, misfits, readings }: Guessed,
): Promise<readonly CommaColumn[]> {
  const numeric = new Set(columns.filter(takesNumbers).map(({ name }) => name))
  const places = [
    ...[...found].flatMap(([target, value]) =>
      value.kind === 'column' && numeric.has(target) ? [{ target, level: value.level, column: value.column }] : [],
    ),
    ...misfits
      .filter(({ target }) => numeric.has(target) && !found.has(target))
      .map(({ target, column }) => ({ target, level, column })),
    ...readings.map(column => ({ target: 'value', level, column })),
  ]
  const all = await Promise.all(
    places.map(async place => ({ ...place, commas: await commas(place.level, place.column) })),
  )
  return all.filter(one => one.commas !== 'none')
}

/** A row belongs to the patient or the visit that a level above it was mapped to. */
function inherited(
  { references, table }: Contract,
  level: NestingLevel,
  target: string,
  earlier: readonly Mapping[],
): Value | undefined {
  if (target !== 'patient_id' && target !== 'visit_id') return undefined
  const parents = references.filter(({ columns }) => columns.includes(target)).map(one => one.table)
  const parent = earlier.find(one => parents.includes(one.contract.table) && levelPath(level).includes(one.level))
  const value = parent?.values.get(target)
  return value?.kind === 'column' && parent?.contract.table !== table ? value : undefined
}

/** Takes a fallback id for a list of people that has no patient id. */
async function findLast(
  parts: GuessParts,
  { table }: Contract,
  level: NestingLevel,
  columns: readonly ContractColumn[],
  found: Map<string, Value>,
): Promise<void> {
  const target = columns.find(({ name }) => name === 'patient_id')
  if (target === undefined || found.has(target.name)) return
  const certain = (distinctiveColumns[table] ?? []).filter(name => found.has(name)).length
  if (table === 'patients' && certain < 2) return
  // Providers have names, genders and ids too; only patients have an age.
  const isPatient = table === 'patients' && (found.has('birth_date') || found.has('age_years'))
  const words = columnSynonyms['patient_id']?.last ?? []
  for (const word of words.filter(one => isPatient || one !== 'id')) {
    const column = level.columns.find(one => plainName(one.path.join('')) === word)
    if (column === undefined || (await parts.misfit(level, column, target, 'is')) !== undefined) continue
    found.set(target.name, { kind: 'column', level, column, as: 'is' })
    return
  }
}

/** Results that are partly numbers and partly words fill a column each. */
async function splitValues(
  { commas }: GuessParts,
  found: Map<string, Value>,
  level: NestingLevel,
  misfits: readonly Misfit[],
): Promise<void> {
  const mixed = misfits.find(({ target }) => target === 'value')
  if (mixed === undefined || found.has('value') || found.has('value_text')) return
  const { column } = mixed
  const hasCommas = (await commas(level, column)) === 'decimal'
  const part = (of: 'number' | 'words'): Reading => (hasCommas ? { kind: 'comma', of } : of)
  found.set('value', { kind: 'column', level, column, as: part('number') })
  found.set('value_text', { kind: 'column', level, column, as: part('words') })
}

/** Columns such as `pulse` and `spo2` become one row each. */
async function findReadings(
  parts: GuessParts,
  contract: Contract,
  level: NestingLevel,
  found: ReadonlyMap<string, Value>,
  used: ReadonlySet<SourceColumn>,
): Promise<{ readonly readings: readonly ReadingColumn[]; readonly unfit: readonly SourceColumn[] }> {
  const none = { readings: [], unfit: [] }
  if (contract.table !== 'measurements' || found.has('value') || !found.has('measured_at')) return none
  const value = columnsOf(contract).find(({ name }) => name === 'value')
  if (value === undefined) return none
  const readings: ReadingColumn[] = []
  const unfit: SourceColumn[] = []
  for (const column of level.columns.filter(one => !used.has(one))) {
    const reading = readingSynonyms[plainName(column.path.join(''))]
    if (reading === undefined) continue
    const { as, words } = await fitted(parts, level, column, value, 'is')
    if (words === undefined) readings.push({ column, ...reading, as })
    else unfit.push(column)
  }
  return { readings, unfit }
}
