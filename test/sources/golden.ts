import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { parse } from 'csv-parse/sync'
import { caseload, root } from '../helpers/cli.ts'
import { sampleData } from '../helpers/samples.ts'

type Row = Readonly<Record<string, string>>

/** Runs the sample batches of one source, in the order of their days; throws if one does not end well. */
export async function loadSource(url: string, source: string): Promise<void> {
  for (const date of readdirSync(join(sampleData, source)).sort()) {
    const done = await caseload(['run', source, date, '--landing', sampleData], { url })
    if (done.code !== 0) throw new Error(`${source} ${date}: ${done.stderr}`)
  }
}

/** The names in `test/golden/<source>`, without their ending. */
export function goldenNames(source: string): readonly string[] {
  return readdirSync(join(root, 'test/golden', source)).map(name => name.replace(/\.csv$/, ''))
}

/**
 * Compares a relation with `test/golden/<source>/<name>.csv`: the columns that the file names, its rows in any order.
 *
 * @param name a view, or a table as `store.devices`
 */
export async function isGolden(t: ExecutionContext, url: string, source: string, name: string): Promise<void> {
  const golden = parse<Row>(readFileSync(join(root, 'test/golden', source, `${name}.csv`)), { columns: true })
  const columns = Object.keys(golden[0] ?? {}).map(column => `"${column}"`)
  const printed = await caseload(['sql', '--csv', `select ${columns.join(', ')} from ${name}`], { url })
  t.is(printed.code, 0, printed.stderr)
  t.deepEqual(sorted(parse<Row>(printed.stdout, { columns: true })), sorted(golden))
}

const sorted = (rows: readonly Row[]): readonly string[] => rows.map(row => JSON.stringify(Object.entries(row))).sort()
