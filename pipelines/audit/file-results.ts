import { quoteNames } from '../platform/file-name.ts'
import type { Input } from '../source/inputs.ts'
import type { Session } from '../platform/postgres.ts'
import { encodingOf } from '../platform/encoding.ts'
import { readSql } from '../platform/sql.ts'
import { listFields } from '../read/unknown-fields.ts'
import type { LoadedBatch, StagedTable } from '../source/transformer.ts'
import { type CheckResult, outcomeOf } from './check-result.ts'

/** The names of the checks that look at files: of their encodings, and of fields that the source does not declare. */
const fileEncoding = 'file_encoding'
const unknownFields = 'unknown_fields'
const origin = 'inputs of the source'

type Inputs = Readonly<Record<string, Input>>

/**
 * The results of the checks that look at the files of a batch. Both only warn, and are recorded with its first table.
 *
 * @returns no result of a check that no input can break
 */
export function fileResults(loaded: LoadedBatch, inputs: Inputs): readonly CheckResult[] {
  return [...encodingResults(loaded, inputs), ...unknownResults(loaded, inputs)]
}

/** Warns of fields that the source neither declares nor ignores, where their input says `unknown: 'warn'`. */
function unknownResults({ files, tables }: LoadedBatch, inputs: Inputs): readonly CheckResult[] {
  const warned = Object.entries(inputs).filter(([, input]) => input.unknown === 'warn')
  const [first] = tables
  if (first === undefined || warned.length === 0) return []
  const found = warned.flatMap(([name]) => {
    const names = new Set(files.filter(({ input }) => input === name).flatMap(({ unknown }) => unknown ?? []))
    return names.size === 0 ? [] : [`${name} has ${listFields([...names])}`]
  })
  const advice = 'Declare them in the input, or name them in ignored.'
  return [fileResult(unknownFields, first, found.length === 0 ? undefined : `${found.join('; ')}. ${advice}`)]
}

/**
 * Warns of files that are valid UTF-8 although their input declares another encoding: `ü` would be published as `Ã¼`. The
 * bytes may be correct.
 */
function encodingResults({ files, tables }: LoadedBatch, inputs: Inputs): readonly CheckResult[] {
  const declared = new Map(
    Object.entries(inputs).flatMap(([name, input]) => {
      const encoding = input.format === 'csv' ? encodingOf(input.encoding).name : 'utf-8'
      return encoding.startsWith('utf-') ? [] : [[name, encoding] as const]
    }),
  )
  const [first] = tables
  if (first === undefined || declared.size === 0) return []
  const doubtful = [...declared].flatMap(([name, encoding]) => {
    const names = files.filter(({ input, looksUtf8 }) => input === name && looksUtf8 === true).map(file => file.name)
    return names.length === 0
      ? []
      : [`declared as ${encoding}, but valid UTF-8 with bytes over 127: ${quoteNames(names)}`]
  })
  const advice = "Where names show Ã or Â, declare encoding: 'utf-8' and run the batch again."
  return [fileResult(fileEncoding, first, doubtful.length === 0 ? undefined : `${doubtful.join('; ')}. ${advice}`)]
}

/** @param detail what the check warns of; undefined if it passes */
function fileResult(check: string, { table, loaded }: StagedTable, detail: string | undefined): CheckResult {
  const outcome = outcomeOf(detail === undefined, 'warn')
  return { check, table, severity: 'warn', outcome, checkedRows: loaded, badRows: 0, detail, origin }
}

interface RecordedResult {
  readonly check_name: string
  readonly table_name: string
  readonly outcome: CheckResult['outcome']
  readonly checked_rows: number
  readonly detail: string | null
}

/** The results of {@link fileResults} when the files of a run were read. */
export async function recordedFileResults(session: Session, runId: string): Promise<readonly CheckResult[]> {
  const found = await session.query<RecordedResult>(readSql('sql/statements/audit/file_results.sql'), [
    runId,
    [fileEncoding, unknownFields],
  ])
  return found.rows.map(row => ({
    check: row.check_name,
    table: row.table_name,
    severity: 'warn',
    outcome: row.outcome,
    checkedRows: row.checked_rows,
    badRows: 0,
    detail: row.detail ?? undefined,
    origin,
  }))
}
