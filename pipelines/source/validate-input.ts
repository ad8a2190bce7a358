import { z } from 'zod'
import { strictObject } from '../contract/faults.ts'
import { type Input, mostRecordMiB, type Shape } from './inputs.ts'

const names = z.array(z.string().min(1))
const someNames = names.min(1)

const shape: z.ZodType<Shape> = z.lazy(() =>
  z.discriminatedUnion(
    'kind',
    [
      strictObject({ kind: z.literal('scalar') }),
      strictObject({ kind: z.literal('map') }),
      strictObject({ kind: z.literal('list'), element: shape }),
      objectShape,
    ],
    { error: 'expected scalar, map, list(...) or object({ ... })' },
  ),
)

const objectShape = strictObject({ kind: z.literal('object'), fields: z.record(z.string(), shape), ignored: names })

const files = {
  files: someNames,
  presence: z.enum(['required', 'optional']).optional(),
  static: z.boolean({ error: 'expected true or false' }).optional(),
  unique: someNames.optional(),
  unknown: z.enum(['stop', 'warn', 'ignore']).optional(),
  fields: z
    .string()
    .regex(/^[A-Za-z0-9_-][\w.-]*\.json$/, "expected the name of a .json file beside the class, such as 'fields.json'")
    .optional(),
  maxUnpackRatio: z.number().min(1).optional(),
}
const recordMiB = (format: 'json' | 'csv'): z.ZodType => z.number().positive().max(mostRecordMiB[format]).optional()

const json = strictObject({
  format: z.literal('json'),
  ...files,
  maxRecordMiB: recordMiB('json'),
  record: objectShape,
})

const csv = strictObject({
  format: z.literal('csv'),
  ...files,
  maxRecordMiB: recordMiB('csv'),
  columns: someNames,
  optional: names.optional(),
  ignored: names.optional(),
  headers: z.enum(['exact', 'loose']).optional(),
  skip: z.int().min(0).max(1000).optional(),
  delimiter: z.enum([',', ';', '\t', '|']).optional(),
  encoding: z.string().optional(),
  trailer: strictObject({ mark: z.string().min(1), count: z.int().min(1) }).optional(),
})

/** What `csv` and `json` return; a source may be JavaScript, which no compiler has checked. */
export const declaredInput: z.ZodType = z.discriminatedUnion('format', [csv, json], {
  error: 'expected csv({ ... }) or json({ ... })',
})

/** What is wrong with `unique` of an input: it names something that is no column or single field of it. */
export function uniqueFaults(name: string, input: Input): readonly string[] {
  const there =
    input.format === 'csv'
      ? [...input.columns, ...(input.optional ?? [])]
      : Object.entries(input.record.fields).flatMap(([field, { kind }]) => (kind === 'scalar' ? [field] : []))
  return (input.unique ?? [])
    .filter(one => !there.includes(one))
    .map(one => `inputs.${name}.unique names ${one}, which is not one of ${there.join(', ')}`)
}
