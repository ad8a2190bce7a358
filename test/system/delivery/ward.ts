import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { stringify } from 'csv-stringify/sync'
import { caseload, type Ended, root } from '../../helpers/cli.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'
import { testLanding } from '../../helpers/landing.ts'

/** One line of a delivered file, by column. */
export type Line = Readonly<Record<string, string | null>>

/** What a day delivers, by file name without `.csv`; a file that is undefined is not delivered. */
export type Delivery = Readonly<Record<string, readonly Line[] | undefined>>

/** A source with declarations of a test's own, its landing folders and a database. */
export interface Ward {
  readonly url: string
  /** Writes the files of a day in place of those that were there; patients.csv and visits.csv are there by default. */
  deliver(date: string, delivery: Delivery): void
  /** Calls the CLI. */
  call(...args: readonly string[]): Promise<Ended>
  /** Calls the CLI with more variables. */
  callWith(variables: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ended>
  /** Runs a batch. */
  run(date: string, ...args: readonly string[]): Promise<Ended>
  /** Delivers a day and runs its batch, which must be published. */
  load(date: string, delivery: Delivery): Promise<void>
  /** Rows of a query, the values of each joined by blanks, in the order of the query. */
  lines(query: string): Promise<readonly string[]>
}

const headers: Readonly<Record<string, readonly string[]>> = {
  patients: ['patient_id', 'name'],
  visits: ['patient_id', 'visit_id', 'visit_date'],
  patient_links: ['patient_id', 'person_id'],
}

/**
 * Makes the source `ward`: the class in `ward/base.js` with these members declared.
 *
 * @param members body of a class in JavaScript, such as `delivery = { patients: 'full' }`
 * @param more variables of the environment of every call
 */
export async function declareWard(
  t: ExecutionContext,
  members = '',
  more: Readonly<Record<string, string>> = {},
): Promise<Ward> {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const sources = mkdtempSync(join(tmpdir(), 'caseload-sources-'))
  t.teardown(() => {
    rmSync(sources, { recursive: true, force: true })
  })
  mkdirSync(join(sources, 'node_modules'))
  symlinkSync(root, join(sources, 'node_modules', 'caseload'), 'dir')
  // A SELECT of a table that a class does not declare is refused.
  const [, tables] = /\btables = \[(.*?)\]/.exec(members) ?? []
  cpSync(join(root, 'test/system/delivery/ward'), join(sources, 'ward'), {
    recursive: true,
    filter: path => tables === undefined || !path.endsWith('.sql') || tables.includes(`'${basename(path, '.sql')}'`),
  })
  const body = `import { WardBase } from './base.js'\n\nexport class Ward extends WardBase {\n${members}\n}\n`
  writeFileSync(join(sources, 'ward', 'ward.js'), body)

  const env = { ...more, CASELOAD_SOURCES: sources, CASELOAD_LANDING: landing.root }
  const call = (...args: readonly string[]): Promise<Ended> => caseload(args, { url, env })
  const folder = (date: string): string => `ward/${date.replaceAll('-', '')}`
  const ward: Ward = {
    url,
    call,
    callWith: (variables, ...args) => caseload(args, { url, env: { ...env, ...variables } }),
    deliver: (date, delivery) => {
      rmSync(join(landing.root, folder(date)), { recursive: true, force: true })
      mkdirSync(join(landing.root, folder(date)), { recursive: true })
      const files: Delivery = { patients: [], visits: [], ...delivery }
      for (const [file, lines] of Object.entries(files)) {
        if (lines === undefined) continue
        const columns = [...new Set([...(headers[file] ?? []), ...lines.flatMap(line => Object.keys(line))])]
        landing.write(`${folder(date)}/${file}.csv`, stringify([...lines], { header: true, columns }))
      }
    },
    run: (date, ...args) => call('run', 'ward', date, ...args),
    load: async (date, delivery) => {
      ward.deliver(date, delivery)
      const done = await ward.run(date)
      if (done.code !== 0) throw new Error(done.stderr)
    },
    lines: async query =>
      (await rowsOf(url, query)).map(row =>
        Object.values(row)
          .map(value => (typeof value === 'string' ? value : JSON.stringify(value)))
          .join(' '),
      ),
  }
  return ward
}

/** A patient of the ward. */
export const patient = (id: string, name = 'Avery Sample', more: Line = {}): Line => ({ patient_id: id, name, ...more })

/** A visit of the ward. */
export const visit = (id: string, patientId = 'P1', more: Line = {}): Line => ({
  patient_id: patientId,
  visit_id: id,
  visit_date: '2023-05-01',
  ...more,
})

/** A diagnosis of a visit. */
export const diagnosis = (visitId: string, no: number, code: string, patientId = 'P1'): Line => ({
  patient_id: patientId,
  visit_id: visitId,
  diagnosis_no: String(no),
  code,
})

/** A pulse at 08:00 and so many minutes. */
export const reading = (
  minute: number,
  pulse: string | null,
  patientId = 'P1',
  visitId: string | null = null,
): Line => ({
  patient_id: patientId,
  visit_id: visitId,
  measured_at: `2023-05-01T08:${String(minute).padStart(2, '0')}:00Z`,
  pulse,
})
