import { z } from 'zod'
import { didYouMean } from '../platform/nearest.ts'
import { mostRecordMiB, type Shape } from './inputs.ts'

/** An object with these members and no others; what else there is, is named beside what there may be. */
export function strict<T extends z.ZodRawShape>(members: T): z.ZodObject<T, z.core.$strict> {
  const known = Object.keys(members)
  return z.strictObject(members, {
    error: issue => {
      if (issue.code !== 'unrecognized_keys') return undefined
      const [first = ''] = issue.keys
      return `has no member ${issue.keys.join(', ')}.${didYouMean(first, known)} There are ${known.join(', ')}`
    },
  })
}

const names = z.array(z.string().min(1))
const someNames = names.min(1)

const shape: z.ZodType<Shape> = z.lazy(() =>
  z.discriminatedUnion(
    'kind',
    [
      strict({ kind: z.literal('scalar') }),
      strict({ kind: z.literal('map') }),
      strict({ kind: z.literal('list'), element: shape }),
      objectShape,
    ],
    { error: 'expected scalar, map, list(...) or object({ ... })' },
  ),
)

const objectShape = strict({ kind: z.literal('object'), fields: z.record(z.string(), shape), ignored: names })

const files = {
  files: someNames,
  presence: z.enum(['required', 'optional']).optional(),
  maxUnpackRatio: z.number().min(1).optional(),
}
const recordMiB = (format: 'json' | 'csv'): z.ZodType => z.number().positive().max(mostRecordMiB[format]).optional()

const json = strict({
  format: z.literal('json'),
  ...files,
  maxRecordMiB: recordMiB('json'),
  record: objectShape,
})

const csv = strict({
  format: z.literal('csv'),
  ...files,
  maxRecordMiB: recordMiB('csv'),
  columns: someNames,
  optional: names.optional(),
  ignored: names.optional(),
  delimiter: z.enum([',', ';', '\t', '|']).optional(),
  encoding: z.string().optional(),
  trailer: strict({ mark: z.string().min(1), count: z.int().min(1) }).optional(),
})

/** What `csv` and `json` make of declarations that TypeScript may not have seen. */
export const declaredInput: z.ZodType = z.discriminatedUnion('format', [csv, json], {
  error: 'expected csv({ ... }) or json({ ... })',
})
