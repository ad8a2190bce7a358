import { quoteNames } from '../platform/file-name.ts'
import type { Input } from '../source/inputs.ts'
import type { Session } from '../platform/postgres.ts'
import { encodingOf } from '../platform/encoding.ts'
import { readSql } from '../platform/sql.ts'
import type { LoadedBatch } from '../source/transformer.ts'
import { type CheckResult, outcomeOf } from './check-result.ts'

/** The name of the check of the files' encodings. */
const fileEncoding = 'file_encoding'
const origin = 'inputs of the source'

/**
 * Warns of files that are valid UTF-8 although their input declares another encoding: `ü` would be published as `Ã¼`. It only
 * warns, because the bytes may be correct. The result is recorded with the first table of the batch.
 *
 * @returns no result if every input is UTF-8 or UTF-16
 */
export function fileResults(
  { files, tables }: LoadedBatch,
  inputs: Readonly<Record<string, Input>>,
): readonly CheckResult[] {
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
  return [
    {
      check: fileEncoding,
      table: first.table,
      severity: 'warn',
      outcome: outcomeOf(doubtful.length === 0, 'warn'),
      checkedRows: first.loaded,
      badRows: 0,
      detail: doubtful.length === 0 ? undefined : `${doubtful.join('; ')}. ${advice}`,
      origin,
    },
  ]
}

interface RecordedResult {
  readonly table_name: string
  readonly outcome: CheckResult['outcome']
  readonly checked_rows: number
  readonly detail: string | null
}

/** The result of {@link fileResults} when the files of a run were read. */
export async function recordedFileResults(session: Session, runId: string): Promise<readonly CheckResult[]> {
  const found = await session.query<RecordedResult>(readSql('sql/statements/audit/file_results.sql'), [
    runId,
    fileEncoding,
  ])
  return found.rows.map(row => ({
    check: fileEncoding,
    table: row.table_name,
    severity: 'warn',
    outcome: row.outcome,
    checkedRows: row.checked_rows,
    badRows: 0,
    detail: row.detail ?? undefined,
    origin,
  }))
}
