import type { LandedFile } from '../../landing/files/landed-file.ts'
import { headerNames } from '../../read/csv-header.ts'
import { jsonRecords } from '../../read/json-normalise.ts'
import { readLimits } from '../../read/limits.ts'
import { isParquet, parquetMetadata } from '../../read/parquet-metadata.ts'
import { fieldPath } from '../../source/field-paths.ts'
import type { CsvInput, Input, ObjectShape, Shape } from '../../source/inputs.ts'
import { valueLikeNames } from '../../source/value-like-name.ts'

/** A field of an object, or a column, that was delivered. */
export interface DeliveredField {
  /** As `fields.json` writes it: `ward`, `visits[].room`. */
  readonly path: string
  /** True if its name, or one on its path, may be a value of a patient: then it is not shown, and its place is. */
  readonly isDoubtful: boolean
  /** `value`: always a single value; `list` and `object`: an empty one; `mixed`: of several kinds. */
  readonly kind: 'value' | 'list' | 'object' | 'mixed'
  /** The column in the first file that has it, or the number of the first record, from 1. */
  readonly position: number
  /** Length of its name. */
  readonly length: number
  /** Number of files that have it. */
  readonly files: number
}

/**
 * The fields in the files of one input. Of JSON every record is read; of CSV the header, and of Parquet the footer.
 *
 * @throws RefusedError if a file cannot be read
 */
export async function deliveredFields(files: readonly LandedFile[], input: Input): Promise<readonly DeliveredField[]> {
  const found = new Map<string, DeliveredField>()
  for (const file of files) {
    for (const field of await fieldsOf(file, input)) {
      const before = found.get(field.path)
      const kind = before === undefined || before.kind === field.kind ? field.kind : 'mixed'
      found.set(field.path, { ...(before ?? field), kind, files: (before?.files ?? 0) + 1 })
    }
  }
  return [...found.values()]
}

async function fieldsOf(file: LandedFile, input: Input): Promise<readonly DeliveredField[]> {
  const opened = { ...file, limits: readLimits(input), mayHoldQuotes: true }
  if (input.format === 'csv') {
    return isParquet(file)
      ? columnsOf((await parquetMetadata(file)).columns, input, 'footer')
      : columnsOf(await headerNames(opened, input), input, 'line')
  }
  const watch = new DeliveredFieldWatch(input.record)
  for await (const record of jsonRecords(opened)) watch.add(parsed(record))
  return watch.found()
}

function columnsOf(names: readonly string[], input: CsvInput, from: 'line' | 'footer'): readonly DeliveredField[] {
  const loosely = (name: string): string => name.trim().toLowerCase()
  const known = new Set([...input.columns, ...(input.optional ?? []), ...(input.ignored ?? [])].map(loosely))
  const beside = names.filter(name => known.has(loosely(name)))
  const others = names.filter(name => !known.has(loosely(name)))
  // A first line without a declared name can be a record.
  const doubtful = from === 'line' && beside.length === 0 ? new Set(names) : valueLikeNames(others, beside)
  return names.flatMap((name, index): readonly DeliveredField[] => {
    if (name.trim() === '') return []
    const isDoubtful = doubtful.has(name)
    return [{ path: name, isDoubtful, kind: 'value', position: index + 1, length: Array.from(name).length, files: 1 }]
  })
}

/** A record that is no JSON goes to quarantine when the batch is loaded. */
function parsed(record: Buffer): unknown {
  try {
    return JSON.parse(record.toString())
  } catch {
    return undefined
  }
}

type Fields = Readonly<Record<string, unknown>>

/** What is known of a value from the names on its path. */
interface Place {
  readonly path: string
  readonly isDoubtful: boolean
  readonly length: number
}

/** Notes the fields of JSON records, declared and undeclared. */
class DeliveredFieldWatch {
  readonly #record: ObjectShape
  readonly #seen = new Map<string, DeliveredField>()
  #position = 0

  constructor(record: ObjectShape) {
    this.#record = record
  }

  add(record: unknown): void {
    this.#position++
    if (typeof record !== 'object' || record === null || Array.isArray(record)) return
    this.#inside(record as Fields, this.#record, { path: '', isDoubtful: false, length: 0 })
  }

  found(): readonly DeliveredField[] {
    return [...this.#seen.values()]
  }

  #value(value: unknown, shape: Shape | undefined, place: Place): void {
    if (value === null || value === undefined) return
    if (Array.isArray(value)) {
      if (value.length === 0) this.#note('list', place)
      const element = shape?.kind === 'list' ? shape.element : undefined
      for (const one of value) this.#value(one, element, { ...place, path: `${place.path}[]` })
    } else if (typeof value !== 'object' || shape?.kind === 'map') this.#note('value', place)
    else this.#inside(value as Fields, shape?.kind === 'object' ? shape : undefined, place)
  }

  #inside(value: Fields, shape: ObjectShape | undefined, { path, isDoubtful, length }: Place): void {
    const names = Object.keys(value)
    if (names.length === 0 && path !== '') this.#note('object', { path, isDoubtful, length })
    const isKnown = (name: string): boolean =>
      shape !== undefined && (Object.hasOwn(shape.fields, name) || shape.ignored.includes(name))
    const doubtful = valueLikeNames(
      names.filter(name => !isKnown(name)),
      names.filter(isKnown),
    )
    for (const name of names) {
      const place = {
        path: fieldPath(path, name),
        isDoubtful: isDoubtful || doubtful.has(name),
        length: Array.from(name).length,
      }
      if (shape?.ignored.includes(name) === true) this.#note('value', place)
      else this.#value(value[name], isKnown(name) ? shape?.fields[name] : undefined, place)
    }
  }

  #note(kind: DeliveredField['kind'], place: Place): void {
    const before = this.#seen.get(place.path)
    if (before === undefined) this.#seen.set(place.path, { ...place, kind, position: this.#position, files: 1 })
    else if (before.kind !== kind) this.#seen.set(place.path, { ...before, kind: 'mixed' })
  }
}
