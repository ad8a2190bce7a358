import { columnsOf, type Contract, type ContractColumn } from '../contract/contract.ts'
import { wayTo } from './level-sql.ts'
import type { Level, SourceColumn } from './levels.ts'
import type { Mapping, Misfit, Reading, ReadingColumn, Value } from './mapping.ts'
import { columnWords, plainWord, readingWords, tableWords, tellingColumns } from './words.ts'

/** What a guess is made from. */
export interface GuessParts {
  readonly levels: readonly Level[]
  readonly contracts: readonly Contract[]
  /** Tables that must be filled; empty: those that the columns tell of. */
  readonly asked: readonly string[]
  /** Words that may say what the records are about: the names of the source and of the sample. */
  readonly about: readonly string[]
  /**
   * Asks the sample.
   *
   * @returns undefined if the column's values are such as the contract's column takes, else what is wrong with them
   */
  readonly misfit: (
    level: Level,
    column: SourceColumn,
    target: ContractColumn,
    as: Reading,
  ) => Promise<string | undefined>
}

/** Tables that nobody fills by accident: aggregates, and who may see what. */
const onlyAsked: readonly string[] = ['measurements_hourly', 'users', 'role_definitions', 'user_roles']
/** The table in which an id is a row's own, and so may be called just `id`. */
const homes: Readonly<Record<string, string>> = { patient_id: 'patients', visit_id: 'visits', device_id: 'devices' }

/**
 * Guesses which tables a sample fills and from which of its columns: by their names, as feeds call them, held against the
 * values. At least one table comes out, if need be with columns that nothing fills yet.
 */
export async function guessMappings(parts: GuessParts): Promise<readonly Mapping[]> {
  const { asked, contracts } = parts
  const wanted = contracts.filter(({ table }) =>
    asked.length > 0 ? asked.includes(table) : !onlyAsked.includes(table),
  )
  const found: Mapping[] = []
  for (const contract of wanted) {
    const maps = await Promise.all(parts.levels.map(level => mapLevel(parts, contract, level, found)))
    const usable = asked.length > 0 ? maps : maps.filter(map => tells(parts, map))
    const best = usable.reduce<Mapping | undefined>(
      (first, map) => (first === undefined || weight(map) > weight(first) ? map : first),
      undefined,
    )
    if (best !== undefined) found.push(best)
  }
  if (found.length > 0) return found
  return [await bestOf(parts, wanted)]
}

/** Where no table is told of: the one the sample is called after, else the one that most columns look like. */
async function bestOf(parts: GuessParts, wanted: readonly Contract[]): Promise<Mapping> {
  const [root] = parts.levels
  if (root === undefined) throw new Error('an input has a level')
  const maps = await Promise.all(wanted.map(contract => mapLevel(parts, contract, root, [])))
  const called = maps.filter(({ contract }) => isAbout(parts, root, contract.table))
  const [best] = [...(called.length > 0 ? called : maps)].sort((a, b) => weight(b) - weight(a))
  if (best === undefined) throw new Error('there is a table')
  return best
}

/** What a level itself says counts, not what it inherits. */
const weight = ({ level, values, readings }: Mapping): number =>
  readings.length + [...values.values()].filter(value => value.kind === 'column' && value.level === level).length

function tells({ levels }: GuessParts, { contract, level, values, readings }: Mapping): boolean {
  if ([...values.values()].some(value => value.kind === 'missing')) return false
  const own = (name: string): boolean => {
    const value = values.get(name)
    return value?.kind === 'column' && value.level === level
  }
  const telling =
    tellingColumns[contract.table] ?? Object.keys(contract.shape).filter(name => !contract.key.includes(name))
  // A patient of a list below the records is somebody's contact.
  if (contract.table === 'patients' && !own('patient_id')) return false
  return (
    readings.length > 0 || telling.some(own) || (levels.length === 1 && contract.key.every(own) && telling.length === 0)
  )
}

function isAbout({ asked, about }: GuessParts, level: Level, table: string): boolean {
  if (asked.includes(table) && level.list === undefined) return true
  const names = level.list === undefined ? [level.name, ...about] : [level.list.path.at(-1) ?? '']
  const words = tableWords[table] ?? [plainWord(table)]
  return names.some(name => words.some(word => plainWord(name).includes(word)))
}

async function mapLevel(
  parts: GuessParts,
  contract: Contract,
  level: Level,
  earlier: readonly Mapping[],
): Promise<Mapping> {
  const misfits: Misfit[] = []
  const used = new Set<SourceColumn>()
  const found = new Map<string, Value>()
  const columns = columnsOf(contract)
  // What a name says by itself goes first: `start_date` must not be taken by a weaker claim.
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
  splitValues(found, level, misfits)
  await findLast(parts, contract, level, columns, found)
  const readings = await findReadings(parts, contract, level, found, used)
  const values = columns.flatMap(target => {
    const value = found.get(target.name) ?? standIn(contract, level, target, earlier)
    if (readings.length > 0 && ['type', 'value', 'unit'].includes(target.name)) return []
    return value === undefined ? [] : [[target.name, value] as const]
  })
  return {
    contract,
    level,
    values: new Map(values),
    readings,
    misfits: misfits.filter(({ target, column }) => !found.has(target) && !used.has(column)),
  }
}

/** A row belongs to the patient, or the visit, that the levels on its way were mapped to. */
function inherited(
  { references, table }: Contract,
  level: Level,
  target: string,
  earlier: readonly Mapping[],
): Value | undefined {
  if (target !== 'patient_id' && target !== 'visit_id') return undefined
  const parents = references.filter(({ columns }) => columns.includes(target)).map(one => one.table)
  const parent = earlier.find(one => parents.includes(one.contract.table) && wayTo(level).includes(one.level))
  const value = parent?.values.get(target)
  return value?.kind === 'column' && parent?.contract.table !== table ? value : undefined
}

/** A list of people without a number of the patient's own has another that will do. */
async function findLast(
  parts: GuessParts,
  { table }: Contract,
  level: Level,
  columns: readonly ContractColumn[],
  found: Map<string, Value>,
): Promise<void> {
  const target = columns.find(({ name }) => name === 'patient_id')
  if (target === undefined || found.has(target.name)) return
  const told = (tellingColumns[table] ?? []).filter(name => found.has(name)).length
  if (table === 'patients' && told < 2) return
  // Providers have names and genders too, and an id; only of patients is it known how old they are.
  const isPatient = table === 'patients' && (found.has('birth_date') || found.has('age_years'))
  const words = columnWords['patient_id']?.last ?? []
  for (const word of words.filter(one => isPatient || one !== 'id')) {
    const column = level.columns.find(one => plainWord(one.path.join('')) === word)
    if (column === undefined || (await parts.misfit(level, column, target, 'is')) !== undefined) continue
    found.set(target.name, { kind: 'column', level, column, as: 'is' })
    return
  }
}

/** Results are numbers for the most part, and words for the rest: each has a column of its own. */
function splitValues(found: Map<string, Value>, level: Level, misfits: readonly Misfit[]): void {
  const mixed = misfits.find(({ target }) => target === 'value')
  if (mixed === undefined || found.has('value') || found.has('value_text')) return
  found.set('value', { kind: 'column', level, column: mixed.column, as: 'number' })
  found.set('value_text', { kind: 'column', level, column: mixed.column, as: 'words' })
}

interface Notes {
  readonly used: Set<SourceColumn>
  readonly misfits: Misfit[]
}

async function findColumn(
  parts: GuessParts,
  contract: Contract,
  level: Level,
  target: ContractColumn,
  strength: 'strong' | 'weak',
  { used, misfits }: Notes,
): Promise<Value | undefined> {
  const inherits =
    contract.key.includes(target.name) || contract.references.some(({ columns }) => columns.includes(target.name))
  const places = inherits ? [...wayTo(level)].reverse() : [level]
  for (const place of places) {
    const home = homes[target.name] ?? contract.table
    if (strength === 'weak' && !isAbout(parts, place, home)) continue
    for (const column of place.columns) {
      if (used.has(column) || !isCalled(column, target.name, strength, parts, place, contract)) continue
      const as = target.name === 'gender' ? 'gender' : 'is'
      const words = await parts.misfit(place, column, target, as)
      if (words === undefined) {
        used.add(column)
        return { kind: 'column', level: place, column, as }
      }
      misfits.push({ target: target.name, column, words })
    }
  }
  return undefined
}

function isCalled(
  column: SourceColumn,
  target: string,
  strength: 'strong' | 'weak',
  parts: GuessParts,
  level: Level,
  { table }: Contract,
): boolean {
  const { strong = [], weak = [] } = columnWords[target] ?? {}
  const words = strength === 'weak' ? weak : [plainWord(target), ...strong]
  // The weak name of a list's only value is the list's own.
  if (column.path.length === 0)
    return words.includes(plainWord(column.name)) || isOnlyValue(parts, level, table, target)
  const [first = '', ...rest] = column.path
  const names = [plainWord(column.path.join(''))]
  const about = tableWords[table] ?? []
  if (rest.length > 0 && about.some(word => plainWord(first).includes(word))) names.push(plainWord(rest.join('')))
  return names.some(name => words.includes(name))
}

function isOnlyValue(parts: GuessParts, level: Level, table: string, target: string): boolean {
  return tellingColumns[table]?.[0] === target && isAbout(parts, level, table)
}

/** Columns such as `pulse` and `spo2`: one row each. */
async function findReadings(
  parts: GuessParts,
  contract: Contract,
  level: Level,
  found: ReadonlyMap<string, Value>,
  used: ReadonlySet<SourceColumn>,
): Promise<readonly ReadingColumn[]> {
  if (contract.table !== 'measurements' || found.has('value') || !found.has('measured_at')) return []
  const value = columnsOf(contract).find(({ name }) => name === 'value')
  if (value === undefined) return []
  const readings: ReadingColumn[] = []
  for (const column of level.columns.filter(one => !used.has(one))) {
    const reading = readingWords[plainWord(column.path.join(''))]
    if (reading === undefined || (await parts.misfit(level, column, value, 'is')) !== undefined) continue
    readings.push({ column, ...reading })
  }
  return readings
}

/** What fills a column that no column of the sample does. */
function standIn(
  { table, references }: Contract,
  level: Level,
  { name, nullable, absent }: ContractColumn,
  earlier: readonly Mapping[],
): Value | undefined {
  const parent = references.map(one => one.table).find(one => name === `${singular(one)}_no`)
  if (parent !== undefined) {
    const place = earlier.find(one => one.contract.table === parent)?.level
    if (place !== undefined && wayTo(level).includes(place)) return { kind: 'position', level: place }
  }
  if (nullable || absent !== undefined) return undefined
  if (name === 'device_id') return { kind: 'constant', text: '' }
  if (name === 'reading_no') return { kind: 'constant', text: '0' }
  if (name === `${singular(table)}_no` || (table === 'patient_contacts' && name === 'contact_no')) {
    return { kind: 'position', level }
  }
  if (['treatment_id', 'procedure_id'].includes(name)) return { kind: 'path' }
  return { kind: 'missing' }
}

function singular(table: string): string {
  if (table === 'diagnoses') return 'diagnosis'
  return table.replace(/ies$/, 'y').replace(/s$/, '')
}
