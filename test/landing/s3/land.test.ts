import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { caseload, type Ended } from '../../helpers/cli.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'
import { startStore, type TestStore } from './store.ts'

let store: TestStore
const folder = mkdtempSync(join(tmpdir(), 'caseload-s3-land-'))

test.before(async () => {
  store = await startStore()
})
test.after.always(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

const record = {
  mrn: 'M1',
  first_name: 'Avery',
  last_name: 'Sample',
  birth_date: '1990-01-01',
  visit_account_number: 'V1',
  visit_date: '2023-05-01',
  reason: 'Cough',
}

async function land(records: unknown, root: string, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const path = join(folder, 'records.json')
  writeFileSync(path, JSON.stringify(records))
  return caseload(['land', 'intake', '20230501', path, '--landing', root], { env: { ...store.env(), ...env } })
}

test.serial('records land as an object, and a run loads it', async t => {
  const landed = await land([record], 's3://wards')
  t.is(landed.code, 0, landed.stderr)
  t.regex(landed.stdout, /^Landed 1 record in s3:\/\/wards\/intake\/20230501\/patient_intake_\d{8}T\d{9}Z\.csv\n$/)
  const [key = ''] = await store.keys()
  t.is(landed.stdout.trim().slice('Landed 1 record in s3://wards/'.length), key)
  t.is(
    await store.text(key),
    'mrn,first_name,last_name,birth_date,visit_account_number,visit_date,reason\nM1,Avery,Sample,1990-01-01,V1,2023-05-01,Cough\n',
  )
  const { url } = await testDatabase(t)
  const run = await caseload(['run', 'intake', '20230501', '--landing', 's3://wards'], { url, env: store.env() })
  t.is(run.code, 0, run.stderr)
  t.deepEqual(await rowsOf(url, 'select patient_id, visit_id from current_visits'), [
    { patient_id: 'M1', visit_id: 'V1' },
  ])
})

test.serial('a bad record, a wrong key, a missing bucket: nothing lands', async t => {
  const before = await store.keys()
  t.is((await land([{ ...record, mrn: '' }], 's3://wards')).code, 3)
  const wrong = await land([record], 's3://wards', { AWS_SECRET_ACCESS_KEY: 'hush-hush' })
  t.is(wrong.code, 1)
  t.regex(wrong.stderr, /refused the access key \(SignatureDoesNotMatch\)/)
  t.notRegex(wrong.stderr, /hush-hush/)
  t.is((await land([record], 's3://nowhere')).code, 4)
  t.deepEqual(await store.keys(), before)
})
