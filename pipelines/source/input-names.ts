import { lineageColumns } from '../contract/contract.ts'
import { UsageError } from '../platform/errors.ts'
import type { Input, Shape } from './inputs.ts'

/** The relation of one row that says which batch it is. */
export const batchRelation = 'batch'

/**
 * What the engine calls relations and functions of its own: what SELECTs may read besides the inputs, and the prefix of all
 * others. DuckDB tells no cases of letters apart.
 */
const engineNames = new RegExp(`^(?:${batchRelation}|accepted_.*|caseload_.*)$`, 'i')

/**
 * Checks that a SELECT can tell the inputs of a source, and the columns of each, from one another and from what the engine
 * adds. DuckDB would give the first of two that differ by case alone, without a word.
 *
 * @throws UsageError naming the input, or the column or field of it, that cannot be told from another
 */
export function requireInputNames(inputs: Readonly<Record<string, Input>>): void {
  const names = Object.keys(inputs)
  const taken = names.find(name => engineNames.test(name))
  if (taken !== undefined) {
    throw new UsageError(
      `Expected a name of its own for each input, found ${taken}: to a SELECT, ${batchRelation} and all that begins ` +
        'with accepted_ or caseload_ are relations of the engine. Give the input another name.',
    )
  }
  const again = alike(names)
  if (again !== undefined) {
    throw new UsageError(
      `Expected a name of its own for each input, found ${again} twice, at most in other cases of its letters, which DuckDB ` +
        'does not tell apart. Give one of them another name.',
    )
  }
  for (const [name, input] of Object.entries(inputs)) requireColumns(name, input)
}

function requireColumns(input: string, declared: Input): void {
  const columns =
    declared.format === 'csv'
      ? [...declared.columns, ...(declared.optional ?? [])]
      : Object.keys(declared.record.fields)
  const found =
    alike([...lineageColumns, ...columns]) ?? (declared.format === 'json' ? alikeWithin(declared.record) : undefined)
  if (found === undefined) return
  const why = (lineageColumns as readonly string[]).includes(found.toLowerCase())
    ? "it is the engine's own name for the place of a record"
    : 'DuckDB does not tell it from another one, which differs at most in the case of its letters'
  throw new UsageError(
    `Expected columns that a SELECT can tell apart in the input ${input}, found ${found}: ${why}. Name it in ignored; it ` +
      'cannot be read.',
  )
}

/** The same in the objects within a record. */
function alikeWithin(shape: Shape): string | undefined {
  if (shape.kind === 'list') return alikeWithin(shape.element)
  if (shape.kind !== 'object') return undefined
  return (
    alike(Object.keys(shape.fields)) ??
    Object.values(shape.fields)
      .map(alikeWithin)
      .find(one => one !== undefined)
  )
}

/** A name that came before, whatever its case. */
function alike(names: readonly string[]): string | undefined {
  const seen = new Set<string>()
  for (const name of names) {
    if (seen.has(name.toLowerCase())) return name
    seen.add(name.toLowerCase())
  }
  return undefined
}
