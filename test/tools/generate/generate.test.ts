import test from 'ava'
import { dayOf } from '../../../tools/generate/days.ts'
import { generate, type GenerateOptions, type WrittenBatch } from '../../../tools/generate/generate.ts'
import { generatedSource, generatedSources } from '../../../tools/generate/sources.ts'
import { caseload } from '../../helpers/cli.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'
import { testLanding } from '../../helpers/landing.ts'

const small = { firstDay: dayOf('2023-05-01'), days: 1, patients: 30, seed: 7, broken: 0.3, gzip: false }

/** Enough patients for every fault of every file. */
const patients: Readonly<Record<string, number>> = { icu: 18, synthea: 50 }

async function generated(
  source: string,
  options: Partial<GenerateOptions> & Pick<GenerateOptions, 'landing'>,
): Promise<readonly WrittenBatch[]> {
  const size = patients[source.split('__')[0] ?? ''] ?? small.patients
  return generate(generatedSource(source), { ...small, patients: size, source, ...options }, () => undefined)
}

/** A row of the quarantine. */
interface Rejected {
  readonly file: string
  readonly record: number
  readonly table: string
  readonly column: string | null
  readonly rule: string
}

function expected(batch: WrittenBatch | undefined): readonly Rejected[] {
  return (batch?.files ?? []).flatMap(({ name, quarantined }) =>
    quarantined.flatMap(({ table, column, rule, records }) =>
      records.map(record => ({ file: name, record, table, column, rule })),
    ),
  )
}

async function inQuarantine(url: string): Promise<readonly Rejected[]> {
  const rows = await rowsOf(
    url,
    `select file, record_no::int as record, table_name as "table", column_name as "column", rule
     from caseload.quarantine`,
  )
  return rows as unknown as readonly Rejected[]
}

/**
 * One line a row. If a table's SELECT reads several files, the quarantine has only the file's number, and so does the
 * line.
 */
function lines(rows: readonly Rejected[], numbered: ReadonlySet<string>): readonly string[] {
  return rows.map(({ file, record, table, column, rule }) =>
    [numbered.has(table) ? 'file 1' : file, record, table, column ?? '-', rule].join(' '),
  )
}

/** The lines that are more frequent than in `others`, one for each extra occurrence; at most 20. */
function without(lines: readonly string[], others: readonly string[]): readonly string[] {
  const left = new Map<string, number>()
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1)
  const extra = lines.filter(line => {
    const count = left.get(line) ?? 0
    left.set(line, count - 1)
    return count <= 0
  })
  return extra.slice(0, 20)
}

for (const source of Object.keys(generatedSources)) {
  test(`${source}: exactly the rows that were broken are quarantined, each by its rule`, async t => {
    const { url } = await testDatabase(t)
    const landing = testLanding(t).root
    const [batch] = await generated(source, { landing })
    const used = new Set(batch?.files.flatMap(file => Object.keys(file.faults)))
    t.deepEqual([...used].sort(), [...generatedSource(source).faults].sort(), 'every fault occurs')
    const done = await caseload(['run', source, '2023-05-01', '--landing', landing, '--max-bad-rows', '100%'], { url })
    t.is(done.code, 0, done.stderr)
    const found = await inQuarantine(url)
    const numbered = new Set(found.filter(({ file }) => file === 'file 1').map(({ table }) => table))
    const [rows, broken] = [lines(found, numbered), lines(expected(batch), numbered)]
    t.deepEqual(without(rows, broken), [], 'nothing else')
    t.deepEqual(without(broken, rows), [], 'all of them')
  })
}
