// Loads every sample batch, builds the views and prints them, with nothing but the commands that a user has.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

function caseload(...args) {
  const shown = args.map(arg => (/[\s*']/.test(arg) ? `"${arg}"` : arg)).join(' ')
  process.stdout.write(`\n$ caseload ${shown}\n`)
  const done = spawnSync(process.execPath, [join(root, 'dist/bin/caseload.js'), ...args], {
    cwd: root,
    stdio: 'inherit',
  })
  if (done.status !== 0) process.exit(done.status ?? 1)
}

// CI=true stops the server after each command that started it; one that runs already is shared and stays.
const ownServer = !process.env.DATABASE_URL && !process.env.PGHOST && process.env.CI === 'true'
if (ownServer) caseload('db', 'start')

caseload('backfill', '--landing', join(root, 'data'), '--reprocess', 'all')
caseload('views')

for (const view of readdirSync(join(root, 'views'))
  .filter(file => file.endsWith('.sql'))
  .sort()) {
  caseload('sql', `select * from clinical.${view.slice(0, -'.sql'.length)} order by 1, 2 limit 8`)
}
caseload('sql', `select * from patient_treatment_summary where treatments_drug = 'Metformin'`)
caseload('status', '--to', '2023-05-03')
if (ownServer) caseload('db', 'stop')
else
  process.stdout.write(
    '\nThe server stays up for you: npx caseload sql "select ..." asks it, npx caseload db stop stops it.\n',
  )
