import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { caseload, type Ended } from '../../helpers/cli.ts'
import { createDatabase } from '../../helpers/database.ts'
import { startStore } from './store.ts'

/** One store and one database for all tests of a file, which run one after the other. */
export const store = await startStore()
/** See {@link store}. */
export const database = await createDatabase()
test.after.always(async () => {
  await store.close()
  await database.drop()
})

const landing = 's3://wards/landing/a'
/** Where the day's objects lie. */
export const folder = 'landing/a/intake/20230501'
/** The first line of an intake file. */
export const header = 'mrn,first_name,last_name,birth_date,visit_account_number,visit_date,reason\n'
/** One visit of one patient, with their newline. */
export const line = (n: number, reason = 'Cough'): string =>
  `M${n},Avery,Sample,1990-01-01,V${n},2023-05-01,${reason}\n`
/** So many of them. */
export const lines = (count: number): string => Array.from({ length: count }, (_, n) => line(n + 1)).join('')

/** What differs from a run of the shared database's intake. */
export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly root?: string
  readonly url?: string
  readonly date?: string
  readonly source?: string
  readonly args?: readonly string[]
}

/** Runs the batch with a work folder of its own, which must be empty again afterwards. */
export async function run(t: ExecutionContext, options: RunOptions = {}): Promise<Ended> {
  const work = mkdtempSync(join(tmpdir(), 'caseload-s3-work-'))
  t.teardown(() => {
    rmSync(work, { recursive: true, force: true })
  })
  const { root: from = landing, date = '20230501', source = 'intake', args = [], url = database.url } = options
  const done = await caseload(['run', source, date, '--landing', from, ...args], {
    url,
    env: { ...store.env(), ...options.env, CASELOAD_WORK: work },
  })
  t.deepEqual(readdirSync(work), [])
  t.notRegex(done.stderr + done.stdout, /Signature=|X-Amz|hush-hush|this is a bug|caseload-[0-9a-f]{8}-/)
  return done
}

/** Empties the folder and puts these objects there. */
export async function deliver(objects: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const key of await store.keys()) await store.remove(key)
  for (const [name, body] of Object.entries(objects)) await store.put(`${folder}/${name}`, body)
}

/** How many visits readers see. */
export const count = 'select count(*)::int as n from store.visits'

/** Large enough to come in many pieces. */
export const large = header + lines(20_000)
/** Whether a request asks for an object of the landing, not for a listing. */
export const isObject = (request: string): boolean => request.startsWith('GET /wards/landing')
