import { lineageColumns } from '../contract/contract.ts'
import { UsageError } from '../platform/errors.ts'
import type { Input, Shape } from './inputs.ts'

/** The relation of one row that describes the batch. */
export const batchRelation = 'batch'

/**
 * The engine's own names of relations and functions: those that SELECTs may read besides the inputs, and the prefix of all
 * others. DuckDB does not distinguish upper and lower case.
 */
const engineNames = new RegExp(`^(?:${batchRelation}|accepted_.*|caseload_.*)$`, 'i')

/**
 * Checks that the names of a source's inputs, and of the columns of each, are distinct for a SELECT, also from the names that
 * the engine adds. Of two names that differ by case alone DuckDB would silently read the first.
 *
 * @throws UsageError naming the input, or its column or field, that has the name of another one
 */
export function requireInputNames(inputs: Readonly<Record<string, Input>>): void {
  const names = Object.keys(inputs)
  const taken = names.find(name => engineNames.test(name))
  if (taken !== undefined) {
    throw new UsageError(
      `Expected a name for each input that the engine does not use, found ${taken}: in a SELECT, ${batchRelation} and all ` +
        'names that begin with accepted_ or caseload_ are relations of the engine. Give the input another name.',
    )
  }
  const again = alike(names)
  if (again !== undefined) {
    throw new UsageError(
      `Expected distinct names of inputs, found ${again} twice: DuckDB does not distinguish upper and lower case. Give one of ` +
        'them another name.',
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
    : 'another one has this name, and DuckDB does not distinguish upper and lower case'
  throw new UsageError(
    `Expected distinct columns in the input ${input}, found ${found}: ${why}. Name it in ignored; a SELECT cannot read it.`,
  )
}

/** A name that occurs twice in one of the objects within a record. */
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

/** A name that occurs twice, whatever its case. */
function alike(names: readonly string[]): string | undefined {
  const seen = new Set<string>()
  for (const name of names) {
    if (seen.has(name.toLowerCase())) return name
    seen.add(name.toLowerCase())
  }
  return undefined
}
