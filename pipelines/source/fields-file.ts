import { existsSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { z } from 'zod'
import { UsageError } from '../platform/errors.ts'
import { readTextFile } from '../platform/text-file.ts'
import { type FieldPath, isFieldPath, withPaths } from './field-paths.ts'
import type { CsvInput, Input } from './inputs.ts'
import type { Transformer } from './transformer.ts'

/** Further fields of inputs, by input: columns of a CSV, or paths of JSON fields such as `visits[].room`. */
export type FurtherFields = Readonly<Record<string, readonly FieldPath[]>>

const content = z.record(z.string(), z.array(z.string().min(1)))

/**
 * Adds the fields of its files to the inputs of a new transformer that name such a file.
 *
 * @param folder of the class, absolute
 * @throws UsageError naming the file, if it is not what the inputs can read
 */
export function readFurtherFields(folder: string, transformer: Transformer): void {
  const entries = Object.entries(transformer.inputs)
  const files = new Set(entries.flatMap(([, { fields }]) => fields ?? []))
  if (files.size === 0) return
  for (const file of files) requireReadBy(folder, file, entries)
  const inputs = Object.fromEntries(
    entries.map(([name, input]) => {
      const added = input.fields === undefined ? undefined : readFieldsFile(folder, input.fields)[name]
      return [
        name,
        added === undefined ? input : withFields(input, added, `${shownPath(folder, input.fields ?? '')}: ${name}`),
      ]
    }),
  )
  Object.defineProperty(transformer, 'inputs', { value: inputs, enumerable: true, configurable: true, writable: true })
}

/**
 * @returns the fields in a file beside a class; none if there is no file
 * @throws UsageError if it has another form
 */
function readFieldsFile(folder: string, file: string): FurtherFields {
  const path = join(folder, file)
  if (!existsSync(path)) return {}
  const read = content.safeParse(parsed(path))
  if (read.success) return read.data
  throw new UsageError(
    `Expected lists of fields by input in ${shownPath(folder, file)}, such as {"visits": ["ward", "bed"]}, found another form.`,
  )
}

/** Adds fields to a file beside a class, sorted, each once. */
export function writeFieldsFile(folder: string, file: string, added: FurtherFields): void {
  const before = readFieldsFile(folder, file)
  const names = [...new Set([...Object.keys(before), ...Object.keys(added)])].sort()
  const all = names.map(name => [name, [...new Set([...(before[name] ?? []), ...(added[name] ?? [])])].sort()])
  writeFileSync(join(folder, file), `${JSON.stringify(Object.fromEntries(all), undefined, 2)}\n`)
}

function parsed(path: string): unknown {
  try {
    return JSON.parse(readTextFile(path))
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`Expected JSON in ${relative(process.cwd(), path)}, found something else.`)
  }
}

function requireReadBy(folder: string, file: string, entries: readonly (readonly [string, Input])[]): void {
  const readers = entries.filter(([, { fields }]) => fields === file).map(([name]) => name)
  const stranger = Object.keys(readFieldsFile(folder, file)).find(name => !readers.includes(name))
  if (stranger === undefined) return
  throw new UsageError(
    `${shownPath(folder, file)} has fields of ${stranger}, and no input of this name reads it. Its inputs are: ${readers.join(', ')}.`,
  )
}

function withFields(input: Input, added: readonly FieldPath[], place: string): Input {
  if (input.format === 'csv') return withColumns(input, added)
  const wrong = added.find(path => !isFieldPath(path))
  if (wrong !== undefined) {
    throw new UsageError(`${place}: expected fields such as ward or visits[].room, found ${JSON.stringify(wrong)}.`)
  }
  const record = withPaths(input.record, added)
  if (record !== undefined) return { ...input, record }
  const twofold = added.find(path => withPaths(input.record, [path]) === undefined) ?? added[0] ?? ''
  throw new UsageError(`${place}: ${twofold} is declared as another kind of value already.`)
}

function withColumns(input: CsvInput, added: readonly string[]): CsvInput {
  const known = [...input.columns, ...(input.optional ?? [])]
  const optional = [...(input.optional ?? []), ...added.filter(name => !known.includes(name))]
  const ignored = (input.ignored ?? []).filter(name => !added.includes(name))
  return { ...input, optional, ...(input.ignored === undefined ? {} : { ignored }) }
}

const shownPath = (folder: string, file: string): string => relative(process.cwd(), join(folder, file))
