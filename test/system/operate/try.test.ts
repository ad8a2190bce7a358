import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { caseload } from '../../helpers/cli.ts'

test('a day is tried without a database, and ends with the code of a run', async t => {
  const root = mkdtempSync(join(tmpdir(), 'caseload-try-'))
  t.teardown(() => {
    rmSync(root, { recursive: true, force: true })
  })
  const home = join(root, 'home')
  const env = { CASELOAD_HOME: home, CASELOAD_LANDING: join(root, 'landing'), DATABASE_URL: '' }
  const land = (day: string, ages: readonly string[]): void => {
    const folder = join(root, 'landing', 'icu', day)
    mkdirSync(folder, { recursive: true })
    const people = ages.map((age, n) => `Canary-${n + 1},${age}\n`)
    writeFileSync(join(folder, 'age.csv'), `patient_id,age\n${people.join('')}`)
    writeFileSync(
      join(folder, 'signal.csv'),
      'patient_id,measured_at,parameter,value\nCanary-1,2023-05-01T08:00:00Z,heart_rate,74\n',
    )
  }
  land('20230501', ['old', 'old', 'old', '9999', '999'])
  land('20230502', ['71', '72'])
  land('29990101', ['71'])

  const newest = await caseload(['try', 'icu'], { env })
  t.is(newest.code, 0, newest.stderr)
  t.regex(newest.stdout, /^icu 2023-05-02: 3 records of 2 files would be published\.\n/)
  t.regex(newest.stdout, /\nage +1 +2 +0\n/)
  t.regex(newest.stdout, /\npatients +2 +2 +0 +0 +0\n/)

  const refused = await caseload(['try', 'icu', '2023-05-01', '--json'], { env })
  t.is(refused.code, 3, refused.stderr)
  t.like(JSON.parse(refused.stdout), { batch: { date: '2023-05-01' }, tables: [{ table: 'patients', loaded: 0 }] })
  t.regex(refused.stderr, /A run would refuse icu 2023-05-01\. Expected most rows of every table/)
  t.notRegex(newest.stdout + newest.stderr + refused.stdout + refused.stderr, /Canary/)

  t.is((await caseload(['try', 'icu', '2023-05-03'], { env })).code, 4)
  t.false(existsSync(home), 'no server was started, and none was made')
})
