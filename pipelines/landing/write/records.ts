import { stringify } from 'csv-stringify/sync'
import { countText, numberText } from '../../platform/count-text.ts'
import { RefusedError } from '../../platform/errors.ts'
import { repeatedNames } from '../../platform/json-text.ts'
import type { LandingInput } from './landing-input.ts'

/** A record as its fields' texts. */
export type LandedRecord = Readonly<Record<string, string | null | undefined>>

/** Maximum number of faults in a message; there may be thousands. */
const shown = 20

/**
 * Reads JSON records: an array of objects, or one object. One bad record refuses all of them: the sender can correct it, and
 * no part of a list is landed.
 *
 * @param text the JSON
 * @throws RefusedError naming each bad record, from 1, and its field; it holds no value and no name that is not declared
 */
export function readRecords(text: string, { input, record }: LandingInput): readonly LandedRecord[] {
  const found = parseJson(text)
  const list: readonly unknown[] = Array.isArray(found) ? found : [found]
  const twice = twiceByRecord(text, Array.isArray(found), Object.keys(record.shape))
  if (list.length === 0) throw new RefusedError('Expected records, found an empty array. Nothing was landed.')
  const faults: string[] = []
  const records = list.flatMap((one, index) => {
    const read = record.safeParse(one)
    const repeated = twice.get(index)
    if (read.success && repeated === undefined) return [read.data as LandedRecord]
    const issues = read.success ? [] : [words(one, read.error.issues)]
    faults.push(`record ${index + 1}: ${[...(repeated ?? []), ...issues].join('; ')}`)
    return []
  })
  if (faults.length === 0) return records
  const more = faults.length > shown ? [`and ${faults.length - shown} more records`] : []
  const columns = [...input.columns, ...(input.optional ?? [])].join(', ')
  throw new RefusedError(
    `Expected objects with texts for ${columns}; ${numberText(faults.length)} of ${countText(list.length, 'record')} are not, and nothing was ` +
      `landed:\n  ${[...faults.slice(0, shown), ...more].join('\n  ')}`,
  )
}

/**
 * The faults of records that have a field twice, by their position.
 *
 * @param declared the names that a message may hold
 */
function twiceByRecord(
  text: string,
  isArray: boolean,
  declared: readonly string[],
): ReadonlyMap<number, ReadonlySet<string>> {
  const found = new Map<number, Set<string>>()
  for (const { name, path } of repeatedNames(text)) {
    const index = isArray ? Number(path[0]) : 0
    const isField = path.length === (isArray ? 1 : 0) && declared.includes(name)
    const said = found.get(index) ?? new Set()
    found.set(index, said.add(isField ? `${name} occurs twice` : 'a name that is not declared occurs twice'))
  }
  return found
}

/** The records as a file of the input, with its header line. */
export function csvOf(records: readonly LandedRecord[], { input }: LandingInput): Buffer {
  const columns = [...input.columns, ...(input.optional ?? [])]
  const delimiter = input.delimiter ?? ','
  return Buffer.from(stringify([...records], { header: true, columns, delimiter, quoted_match: /[\r\n]/ }))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The message of JSON.parse quotes the text.
    throw new RefusedError('Expected JSON, an array of objects or one object, found no well-formed JSON.')
  }
}

interface Issue {
  readonly code: string
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly keys?: readonly string[]
}

function words(record: unknown, issues: readonly Issue[]): string {
  const fields = new Map<string, string>()
  for (const { code, path, message, keys } of issues) {
    const [field] = path
    if (typeof field === 'string') {
      const isPresent = ((record as Readonly<Record<string, unknown>>)[field] ?? undefined) !== undefined
      const fault = code === 'invalid_type' && isPresent ? 'is not a text' : message
      fields.set(field, fields.get(field) ?? fault)
    } else if (code === 'unrecognized_keys') fields.set('it', `has ${keys?.length ?? 0} fields that are not declared`)
    else fields.set('it', 'is not an object')
  }
  return [...fields].map(([field, fault]) => `${field} ${fault}`).join('; ')
}
