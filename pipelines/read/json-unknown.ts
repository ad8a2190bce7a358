import type { DuckDB } from '../platform/duckdb.ts'
import { quoteConstant } from '../platform/sql.ts'
import type { JsonInput, Shape } from '../source/inputs.ts'
import { type JsonSource, rawRecordsSql } from './json-relation.ts'
import type { UnknownField } from './unknown-fields.ts'

/** An object of a record, whose fields the source declares. */
interface ObjectLevel {
  /** Such as `visits[]`; empty for the record itself. */
  readonly path: string
  /** As DuckDB takes it, such as `$."visits"[*]`. */
  readonly jsonPath: string
  readonly known: ReadonlySet<string>
}

/** Names of one object that are kept: more are data and no names, and every one of them would be in memory. */
const mostNames = 1000

/**
 * Fields of JSON records that the source neither declares nor ignores, found record by record. `add` takes a record; `found`
 * gives every unknown field, at the first record that has it.
 */
export class UnknownFieldWatch {
  readonly #shape: Shape
  readonly #levels = new Map<string, { readonly unknown: Map<string, UnknownField>; readonly known: Set<string> }>()

  constructor(shape: Shape) {
    this.#shape = shape
  }

  add(record: unknown, fileNo: number, recordNo: number): void {
    this.#look(record, this.#shape, '', { fileNo, position: recordNo })
  }

  found(): readonly UnknownField[] {
    return [...this.#levels.values()].flatMap(({ unknown, known }) =>
      [...unknown.values()].map(field => ({ ...field, beside: [...known] })),
    )
  }

  #look(value: unknown, shape: Shape, path: string, place: Pick<UnknownField, 'fileNo' | 'position'>): void {
    if (typeof value !== 'object' || value === null || shape.kind === 'scalar' || shape.kind === 'map') return
    if (shape.kind === 'list') {
      if (Array.isArray(value)) for (const one of value) this.#look(one, shape.element, `${path}[]`, place)
      return
    }
    if (Array.isArray(value)) return
    const level = this.#levels.get(path) ?? { unknown: new Map<string, UnknownField>(), known: new Set<string>() }
    this.#levels.set(path, level)
    for (const [name, field] of Object.entries(value)) {
      if (Object.hasOwn(shape.fields, name)) {
        level.known.add(name)
        this.#look(field, shape.fields[name] as Shape, path === '' ? name : `${path}.${name}`, place)
      } else if (shape.ignored.includes(name)) level.known.add(name)
      else if (!level.unknown.has(name) && level.unknown.size < mostNames) {
        level.unknown.set(name, { path, name, ...place, beside: [] })
      }
    }
  }
}

/**
 * The same, found by DuckDB in files that it can read: a record whose feed added a field is a record like all others, and
 * JavaScript would parse each of them.
 */
export async function findUnknownFields(
  duckdb: DuckDB,
  input: JsonInput,
  sources: readonly JsonSource[],
): Promise<readonly UnknownField[]> {
  if (sources.length === 0) return []
  const levels = levelsOf(input.record, '', '$')
  const found: UnknownField[] = []
  for (const { path, jsonPath, known } of levels) {
    const rows = await duckdb.rows(namesSql(jsonPath, known, sources))
    const names = rows.map(row => ({ name: String(row['name']), place: Number(row['place']) }))
    const beside = names.map(({ name }) => name).filter(name => known.has(name))
    for (const { name, place } of names) {
      if (known.has(name)) continue
      found.push({ path, name, fileNo: Math.floor(place / placesOfFile), position: place % placesOfFile, beside })
    }
  }
  return found
}

/** File and record number as one number, whose least is the first place. */
const placesOfFile = 1e10

function namesSql(jsonPath: string, known: ReadonlySet<string>, sources: readonly JsonSource[]): string {
  const object = jsonPath === '$' ? 'json' : `json_extract(json, ${quoteConstant(jsonPath)})`
  const keys = jsonPath.includes('[*]')
    ? `flatten(list_transform(${object}, lambda x: coalesce(json_keys(x), [])))`
    : `json_keys(${object})`
  const declared = [...known].map(quoteConstant).join(', ')
  return `select name, min(place) as place
from (
  select unnest(${keys}) as name, file_no::bigint * ${placesOfFile}::bigint + record_no as place
  from (${rawRecordsSql(sources)})
)
group by name
order by list_contains([${declared}]::varchar[], name) desc, place, name
limit ${known.size + mostNames}`
}

function levelsOf(shape: Shape, path: string, jsonPath: string): readonly ObjectLevel[] {
  if (shape.kind === 'scalar' || shape.kind === 'map') return []
  if (shape.kind === 'list') return levelsOf(shape.element, `${path}[]`, `${jsonPath}[*]`)
  const fields = Object.entries(shape.fields)
  return [
    { path, jsonPath, known: new Set([...fields.map(([name]) => name), ...shape.ignored]) },
    ...fields.flatMap(([name, field]) =>
      levelsOf(field, path === '' ? name : `${path}.${name}`, `${jsonPath}.${JSON.stringify(name)}`),
    ),
  ]
}
