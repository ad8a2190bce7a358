import { id } from '../../contract/columns.ts'
import { allContracts } from '../../contract/tables/contracts.ts'
import { UsageError } from '../../platform/errors.ts'
import type { CsvInput } from '../../source/inputs.ts'
import { encodingOf } from '../../platform/encoding.ts'
import type { Source } from '../../source/load-source.ts'
import { z } from 'zod'

/** The input of a source into which records can be landed, and the form of a record. */
export interface LandingInput {
  readonly input: CsvInput
  /** The file pattern; it has exactly one `*`. */
  readonly pattern: string
  /** The form of a record: an object of the input's columns, each a text. */
  readonly record: z.ZodObject
}

/**
 * Finds the input of a source that takes single records: its only one that is not static, CSV in UTF-8 without a trailer, in any number of
 * files.
 *
 * @throws UsageError saying why the source takes no records
 */
export function landingInput({ name, transformer }: Source): LandingInput {
  const [input, ...others] = Object.values(transformer.inputs).filter(one => one.static !== true)
  if (input?.format !== 'csv' || others.length > 0) {
    throw new UsageError(
      `Records are landed for a source whose only input is CSV; ${name} has other inputs. A file is landed under a name that one of ` +
        'its inputs takes: caseload describe shows their patterns.',
    )
  }
  const pattern = input.files.find(file => file.split('*').length === 2)
  if (pattern === undefined || input.trailer !== undefined || encodingOf(input.encoding).kind !== 'utf-8') {
    throw new UsageError(
      `Records are landed in files of UTF-8 without a trailer, with one * in their pattern; ${name} reads no such files.`,
    )
  }
  const required = input.columns.map(column => [column, fieldOf(transformer.tables, column, true)] as const)
  const optional = (input.optional ?? []).map(
    column => [column, fieldOf(transformer.tables, column, false).nullish()] as const,
  )
  return { input, pattern, record: z.strictObject(Object.fromEntries([...required, ...optional])) }
}

/**
 * A column with the name of a column of the tables must keep its contract; any other is an identifier, as most are. The
 * result of the SELECT is checked later, with the batch.
 */
function fieldOf(tables: readonly string[], column: string, isRequired: boolean): z.ZodString {
  const filled = allContracts().filter(({ table }) => tables.includes(table))
  const [known] = filled.flatMap(({ shape }) => {
    const found = shape[column]
    return found === undefined ? [] : [found instanceof z.ZodNullable ? found.unwrap() : found]
  })
  const field = (known ?? id({ phi: 'direct', description: 'A column of the source.' })).refine(isText, {
    message: 'holds half a character or NUL',
  })
  return isRequired ? field.refine(text => text.trim() !== '', { message: 'is blank' }) : field
}

/** A character that UTF-8 cannot hold would be replaced when it is written. */
const isText = (text: string): boolean => !/[\p{Surrogate}\0]/u.test(text)
