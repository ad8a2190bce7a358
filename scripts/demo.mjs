// Loads every sample batch and answers three questions, with nothing but the commands that a user has.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const print = text => process.stdout.write(`${text}\n`)

function caseload(...args) {
  print(`\n$ caseload ${args.map(arg => (/[\s*']/.test(arg) ? `"${arg}"` : arg)).join(' ')}`)
  // A terminal shows the progress; elsewhere the log is of use only if something fails.
  const log = process.stderr.isTTY ? 'inherit' : 'pipe'
  const done = spawnSync(process.execPath, [join(root, 'dist/bin/caseload.js'), ...args], {
    cwd: root,
    stdio: ['inherit', 'inherit', log],
    encoding: 'utf8',
  })
  if (done.status === 0) return
  process.stderr.write(done.stderr ?? '')
  process.exit(done.status ?? 1)
}

// CI=true stops the server after each command that started it; one that runs already is shared and stays.
const ownServer = !process.env.DATABASE_URL && !process.env.PGHOST && process.env.CI === 'true'
if (ownServer) caseload('db', 'start')

print('Loading three days of sample data of seven sources ...')
caseload('backfill', '--landing', join(root, 'data'), '--reprocess', 'all')

print('\nMaking tables of the views, which later runs keep fresh ...')
caseload('marts', 'rebuild')

print('\n1. Who takes metformin?')
caseload(
  'sql',
  `select source, patient_id, name, prescriptions, last_prescribed from mart.medicine_per_patient where drug = 'Metformin' order by 1, 2 limit 5`,
)

print('\n2. How did the vital signs go, hour by hour?')
caseload(
  'sql',
  `select source, patient_id, type, hour, min, max, count from mart.measurement_hourly where source = 'icu' order by 2, 3, 4 limit 5`,
)

print('\n3. Which rows were not loaded, and why?')
caseload('quarantine', 'ls', 'icu', '--limit', '5')

print(`
Where to look next:
  npx caseload sql "select * from patient_treatment_summary"   any SQL; docs/views.md lists the views
  docs/marts.md                                                tables with the same rows, for BI tools
  npx caseload status                                          what is published, failed or overdue
  npx caseload run icu 2023-05-01                              one batch again
  docs/projects.md                                             your own files`)
if (ownServer) caseload('db', 'stop')
else print('\nThe server stays up for you; npx caseload db stop stops it.')
