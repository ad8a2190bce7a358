import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { rowsOf, testDatabase } from '../helpers/database.ts'
import { patient, testLanding } from '../helpers/landing.ts'
import { dayBefore, example, examples, found, shell, testFolder } from './examples.ts'

test('the lines for cron and the command for systemd load what was delivered and say what failed', async t => {
  const { url } = await testDatabase(t)
  const folder = testFolder(t)
  const landing = testLanding(t)
  const deliver = (day: string): void => {
    const events = JSON.stringify([patient('P1', 'Avery Sample', [{ drug: 'Metformin', dose: '500 mg' }])])
    landing.write(`source_a/${day.replaceAll('-', '')}/visit_events.json`, events)
  }
  // Bare, the & would end the assignment.
  const long = new URL(url)
  for (const [name, value] of [
    ['application_name', 'cron'],
    ['connect_timeout', '10'],
  ] as const) {
    long.searchParams.set(name, value)
  }
  writeFileSync(join(folder, 'env'), `DATABASE_URL='${long.href}'\nCASELOAD_LANDING='${landing.root}'\n`)
  mkdirSync(join(folder, 'log'))
  const jobs = cronJobs(folder)
  t.is(jobs.length, 3)
  const call = (command = ''): string => {
    const { status, stdout, stderr } = shell(folder, command)
    t.is(stderr, '')
    t.is(status, 0)
    return stdout
  }

  deliver(dayBefore(2))
  t.is(call(jobs[0]), 'source_a ended with exit code 4\n', 'nothing came yesterday')
  t.is(call(jobs[1]), '', 'the day before is made up for')
  t.is(call(jobs[2]), '', 'what did not come yesterday is not late before today is over')
  deliver(dayBefore(1))
  t.is(call(jobs[0]), '', 'cron mails whatever is printed')
  t.regex(readFileSync(join(folder, 'log/source_a.log'), 'utf8'), /^Published source_a /m)
  await rowsOf(
    url,
    `insert into caseload.runs (run_id, source, batch_date, status, code_version, host, process_id, error_message)
     values (gen_random_uuid(), 'source_a', $1, 'refused', '', '', 0, 'Expected 4 columns, found 5.')`,
    [dayBefore(3)],
  )
  const mail = shell(folder, jobs[2] ?? '')
  t.is(
    mail.stdout,
    `source_a ${dayBefore(3)}: refused (Expected 4 columns, found 5); it has no landing folder; ask for it, or, if it will ` +
      `not come: caseload dismiss source_a ${dayBefore(3)} --reason '...'\n`,
  )
  t.regex(mail.stderr, /^\S+ *1 batch needs attention\.\n$/)
  t.is(mail.status, 1)
  await rowsOf(url, `delete from caseload.runs where status = 'refused'`)
  const rows = await rowsOf(
    url,
    `select batch_date::text as day, status, external_id as id from caseload.runs order by started_at`,
  )
  t.deepEqual(rows, [
    { day: dayBefore(1), status: 'incomplete', id: 'cron' },
    { day: dayBefore(2), status: 'published', id: null },
    { day: dayBefore(1), status: 'published', id: 'cron' },
  ])

  const [, command = ''] = /^ExecStart=\/bin\/sh -c '(.*)'$/m.exec(example('systemd/caseload@.service')) ?? []
  const unescaped = command.replaceAll('%i', 'source_b').replaceAll('%%', '%').replaceAll('$$', '$')
  const env = { DATABASE_URL: url, CASELOAD_LANDING: landing.root, INVOCATION_ID: '0f0e', CASELOAD_LOG_FORMAT: 'json' }
  const { status, stderr } = shell(folder, unescaped, env)
  t.is(status, 4)
  t.like(JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? ''), { exit_code: 4 })
  const [last] = await rowsOf(url, `select external_id as id from caseload.runs where source = 'source_b'`)
  t.is(last?.['id'], 'systemd 0f0e')
})

test('the file of the environment is written as the crontab shows it; without a DATABASE_URL nothing is called', t => {
  const folder = testFolder(t)
  mkdirSync(join(folder, 'log'))
  const env = join(folder, 'env')
  const [, shown = '', url = ''] = /^#\s+(DATABASE_URL='(\S+)')$/m.exec(example('cron/caseload')) ?? []
  t.regex(url, /&/)
  writeFileSync(env, `${shown}\n`)
  t.is(shell(folder, `. ${env}; printf %s "$DATABASE_URL"`).stdout, url)
  // Without quotes, as an empty value, and not at all.
  for (const text of [shown.replaceAll("'", ''), 'DATABASE_URL=', '']) {
    writeFileSync(env, `${text}\n`)
    for (const job of cronJobs(folder)) {
      const { status, stderr } = shell(
        folder,
        job.replaceAll(/\bcaseload (?=run|backfill|status)/g, 'touch called; exit 0; '),
      )
      t.not(status, 0, text)
      t.regex(stderr, /DATABASE_URL/)
      t.false(existsSync(join(folder, 'called')), text)
    }
  }
})

/** The commands of the crontab, with its escapes undone, on a file and logs below a folder. */
function cronJobs(folder: string): readonly string[] {
  const lines = example('cron/caseload').split('\n')
  return lines
    .filter(line => /^[\d*]/.test(line))
    .map(line => {
      const [, command = ''] = /^(?:\S+ ){5}caseload (.*)$/.exec(line) ?? []
      if (/(?<!\\)%/.test(command)) throw new Error(`cron ends this line at a %: ${line}`)
      return command
        .replaceAll('\\%', '%')
        .replaceAll('/etc/caseload/env', join(folder, 'env'))
        .replaceAll('/var/log/caseload', join(folder, 'log'))
    })
}

test('systemd takes the units', t => {
  const units = readdirSync(join(examples, 'systemd'))
  t.deepEqual(units, [
    'caseload-problems.service',
    'caseload-problems.timer',
    'caseload-watch.service',
    'caseload-worker.service',
    'caseload@.service',
    'caseload@.timer',
  ])
  for (const unit of units) {
    const lines = example(`systemd/${unit}`).split('\n')
    for (const line of lines) t.regex(line, /^(|#.*|\[(Unit|Service|Timer|Install)\]|[A-Z]\w+=\S.*)$/)
  }
  if (!found(t, 'systemd-analyze', '--version')) return
  const folder = testFolder(t)
  for (const unit of units) copyFileSync(join(examples, 'systemd', unit), join(folder, unit))
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', ...units.map(unit => join(folder, unit))], {
    encoding: 'utf8',
  })
  t.is(status, 0, stderr)
  t.notRegex(stderr, /caseload/)
})
