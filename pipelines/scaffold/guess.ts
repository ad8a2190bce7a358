import { columnsOf, type Contract, type ContractColumn } from '../contract/contract.ts'
import { findColumn, isAbout } from './find-column.ts'
import { levelPath } from './level-sql.ts'
import type { NestingLevel, SourceColumn } from './nesting-levels.ts'
import type { GuessParts, Mapping, Misfit, ReadingColumn, Value } from './mapping.ts'
import { placeholderFor } from './placeholder.ts'
import { columnSynonyms, plainName, readingSynonyms, distinctiveColumns } from './synonyms.ts'

/** Tables that nobody fills by accident: aggregates, and who may see what. */
const onlyAsked: readonly string[] = ['measurements_hourly', 'users', 'role_definitions', 'user_roles']

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
  if ([...values.values()].some(value => value.kind === 'absent')) return false
  const own = (name: string): boolean => {
    const value = values.get(name)
    return value?.kind === 'column' && value.level === level
  }
  const telling =
    distinctiveColumns[contract.table] ?? Object.keys(contract.shape).filter(name => !contract.key.includes(name))
  // A patient of a list below the records is somebody's contact.
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
  const type = columns.find(({ name }) => name === 'type' && contract.table === 'measurements')
  if (type !== undefined && !found.has(type.name)) {
    const value = await findColumn(parts, contract, level, type, 'last', { used, misfits })
    if (value !== undefined) found.set(type.name, value)
  }
  splitValues(found, level, misfits)
  await findLast(parts, contract, level, columns, found)
  const readings = await findReadings(parts, contract, level, found, used)
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
  }
}

/** A row belongs to the patient, or the visit, that the levels on its way were mapped to. */
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

/** A list of people without a number of the patient's own has another that will do. */
async function findLast(
  parts: GuessParts,
  { table }: Contract,
  level: NestingLevel,
  columns: readonly ContractColumn[],
  found: Map<string, Value>,
): Promise<void> {
  const target = columns.find(({ name }) => name === 'patient_id')
  if (target === undefined || found.has(target.name)) return
  const told = (distinctiveColumns[table] ?? []).filter(name => found.has(name)).length
  if (table === 'patients' && told < 2) return
  // Providers have names and genders too, and an id; only of patients is it known how old they are.
  const isPatient = table === 'patients' && (found.has('birth_date') || found.has('age_years'))
  const words = columnSynonyms['patient_id']?.last ?? []
  for (const word of words.filter(one => isPatient || one !== 'id')) {
    const column = level.columns.find(one => plainName(one.path.join('')) === word)
    if (column === undefined || (await parts.misfit(level, column, target, 'is')) !== undefined) continue
    found.set(target.name, { kind: 'column', level, column, as: 'is' })
    return
  }
}

/** Results are numbers for the most part, and words for the rest: each has a column of its own. */
function splitValues(found: Map<string, Value>, level: NestingLevel, misfits: readonly Misfit[]): void {
  const mixed = misfits.find(({ target }) => target === 'value')
  if (mixed === undefined || found.has('value') || found.has('value_text')) return
  found.set('value', { kind: 'column', level, column: mixed.column, as: 'number' })
  found.set('value_text', { kind: 'column', level, column: mixed.column, as: 'words' })
}

/** Columns such as `pulse` and `spo2`: one row each. */
async function findReadings(
  parts: GuessParts,
  contract: Contract,
  level: NestingLevel,
  found: ReadonlyMap<string, Value>,
  used: ReadonlySet<SourceColumn>,
): Promise<readonly ReadingColumn[]> {
  if (contract.table !== 'measurements' || found.has('value') || !found.has('measured_at')) return []
  const value = columnsOf(contract).find(({ name }) => name === 'value')
  if (value === undefined) return []
  const readings: ReadingColumn[] = []
  for (const column of level.columns.filter(one => !used.has(one))) {
    const reading = readingSynonyms[plainName(column.path.join(''))]
    if (reading === undefined || (await parts.misfit(level, column, value, 'is')) !== undefined) continue
    readings.push({ column, ...reading })
  }
  return readings
}
