import { setTimeout as sleep } from 'node:timers/promises'
import anyTest, { type TestFn } from 'ava'
import type { Session } from '../../../pipelines/platform/postgres.ts'
import { quoteIdent } from '../../../pipelines/platform/sql.ts'
import { rowsOf, withSession } from '../../helpers/database.ts'
import { freePort } from '../../helpers/port.ts'
import { until } from '../../helpers/until.ts'
import { canariesIn, goodRow, goodRows } from './canaries.ts'
import { textOfTables } from './places.ts'
import { startServer, type LoggingServer } from './server.ts'
import { csvFiles, days, type Trial, tryAndSearch } from './trial.ts'
import { descendants } from './watch.ts'

const test = anyTest as TestFn<{ server: LoggingServer }>

test.before(async t => {
  const server = await startServer()
  t.context = { server }
})

test.after.always(t => t.context.server.stop())

const good = csvFiles(goodRows())
const patients = 'patient_id,name\n"Qzvx patient_id 1","Qzvx name 1"\n'

test('0: canaries reach every column of every table, and nothing else', async t => {
  const { server } = t.context
  const url = await server.database()
  await tryAndSearch(t, server, url, { files: good, code: 0 })
  const stored = await textOfTables(url, ['store'])
  for (const table of goodRows().keys()) {
    for (const [column, value] of Object.entries(goodRow(table, 1))) {
      const [row] = await rowsOf(
        url,
        `select count(*) as filled from store.${quoteIdent(table)} where ${quoteIdent(column)} is not null`,
      )
      t.is(row?.['filled'], 6, `${table}.${column}`)
      // Times are stored as UTC, in other words than they were delivered.
      if (canariesIn(value ?? '').length > 0 && !/T/.test(value ?? '')) t.true(stored.includes(value ?? ''), column)
    }
  }
  const { code, stderr } = (
    await tryAndSearch(t, server, url, {
      files: {},
      args: () => ['sql', 'select name::integer from patients'],
      code: 1,
    })
  )[0] ?? { code: 0, stderr: '' }
  t.is(code, 1)
  t.regex(stderr, /22P02/)
})

const wholeFiles: Readonly<Record<string, Trial>> = {
  '3: a file cut off within quotes': {
    files: { ...good, 'visits.csv': good['visits.csv']?.slice(0, -40) ?? '' },
    code: 3,
  },
  '3: a header with a name twice': { files: { ...good, 'users.csv': 'Qzvx a,Qzvx a\n' }, code: 3 },
  '3: no header, but a patient': {
    source: 'leaky_cast',
    files: { 'patients.csv': '"Qzvx patient_id 1","Qzvx name"\n' },
    code: 3,
  },
  '3: a SELECT that casts what is no number': { source: 'leaky_cast', files: { 'patients.csv': patients }, code: 3 },
  '3: a SELECT that raises a value': { source: 'leaky_raise', files: { 'patients.csv': patients }, code: 3 },
  '1: a bug whose message quotes a value': { source: 'leaky_bug', files: { 'patients.csv': patients }, code: 1 },
  '3: damaged gzip': { source: 'leaky_cast', files: { 'patients.csv.gz': 'Qzvx no gzip' }, code: 3 },
  '3: a file that nobody declared': {
    source: 'leaky_cast',
    files: { 'patients.csv': patients, 'more.csv': patients },
    code: 3,
  },
  '3: JSON that is none': { source: 'source_a', files: { 'visit_events.json': 'Qzvx is no JSON' }, code: 3 },
  '3: JSON cut off': {
    source: 'source_a',
    files: { 'visit_events.json': '[{"patient_id": "Qzvx 1", "name": "Qzvx' },
    code: 3,
  },
  '4: a missing file': { source: 'leaky_cast', files: { '.keep': 'Qzvx' }, code: 4 },
  '2: an impossible date': { files: good, args: () => ['run', 'leaky', '20230230'], code: 2 },
  '2: an unknown option': { files: good, args: date => ['run', 'leaky', date, '--qvzx'], code: 2 },
  '2: an unknown log format': { files: {}, args: date => ['run', 'leaky', date, '--log-format', 'xml'], code: 2 },
}

for (const [name, trial] of Object.entries(wholeFiles)) {
  test(name, async t => {
    const { server } = t.context
    await tryAndSearch(t, server, await server.database(), trial)
  })
}

test('2: a connection string where a source or a command should stand is not repeated', async t => {
  const { server } = t.context
  const url = await server.database()
  for (const args of [['run', url, '20230501'], [url], ['run', 'leaky', '20230501', `--${url}`], ['runs', url, '-z']]) {
    await tryAndSearch(t, server, url, { files: {}, args: () => args, isToldOnCommandLine: true, code: 2 })
  }
})

test('1: no server listens, and the password is wrong', async t => {
  const { server } = t.context
  const url = await server.database()
  const nobody = `postgresql://caseload:Nobody-listens@127.0.0.1:${await freePort()}/caseload`
  await tryAndSearch(t, server, url, { files: good, url: nobody, secrets: [nobody, 'Nobody-listens'], code: 1 })
  const wrong = new URL(url)
  wrong.password = 'Wrong-password-of-nobody'
  const secrets = [wrong.href, wrong.password]
  await tryAndSearch(t, server, url, { files: good, url: wrong.href, secrets, code: 1 })
})

test('1: the server refuses a row and quotes it in message, detail and context', async t => {
  const { server } = t.context
  for (const refusal of [
    `alter table store.patients add constraint no_such_patient check (name is null)`,
    `create function store.refuse(p_name text) returns boolean language plpgsql as $$
     begin
       raise exception 'no %', p_name using detail = p_name, hint = p_name;
     end
     $$;
     alter table store.patients add constraint refused check (store.refuse(name))`,
  ]) {
    const url = await server.database()
    await withSession(url, session => session.query(refusal))
    await tryAndSearch(t, server, url, { files: good, code: 1 })
  }
})

test('75: a batch that another run holds', async t => {
  const { server } = t.context
  const url = await server.database()
  await withSession(url, async session => {
    for (const date of Object.values(days)) {
      await session.query(`select pg_advisory_lock(caseload.batch_key('leaky', $1))`, [date])
    }
    await tryAndSearch(t, server, url, { files: good, code: 75 })
  })
})

/** Makes a table's parent as a run does: as the owner of the table, who is another role than that of the session. */
async function makeParent(session: Session): Promise<void> {
  const owner = await session.query<{ name: string }>(
    `select relowner::regrole::text as name from pg_class where oid = 'store.patients'::regclass`,
  )
  await session.query(`set role ${owner.rows[0]?.name ?? ''}`)
  await session.query(`select caseload.ensure_source_parent('patients', 'leaky')`)
  await session.query('reset role')
}

/** Holds the publish back: a reader's lock on the table's parents. */
async function whilePublishIsHeld(url: string, work: () => Promise<unknown>): Promise<void> {
  await withSession(url, async session => {
    await makeParent(session)
    await session.query('begin')
    await session.query(`select count(*) from store.patients where source = 'leaky'`)
    await work()
    await session.query('rollback')
  })
}

for (const [signal, code] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const) {
  test(`${code}: ${signal} before the publish`, async t => {
    const { server } = t.context
    const url = await server.database()
    await whilePublishIsHeld(url, () =>
      tryAndSearch(t, server, url, {
        files: good,
        meanwhile: child => {
          child.stderr?.on('data', chunk => {
            if (String(chunk).includes('publish')) child.kill(signal)
          })
        },
        code,
      }),
    )
  })
}

test('124: a run that takes too long', async t => {
  const { server } = t.context
  const url = await server.database()
  const args = (date: string): string[] => ['run', 'leaky', date, '--timeout', '4']
  await whilePublishIsHeld(url, () => tryAndSearch(t, server, url, { files: good, args, code: 124 }))
})

test('1: an engine that is killed while it copies', async t => {
  const { server } = t.context
  const url = await server.database()
  await withSession(url, async session => {
    await makeParent(session)
    await session.query('begin')
    await session.query('lock table only store.patients in access exclusive mode')
    const bothWait = until(async () => (await waiting(url)) >= 2)
    let killed = 0
    await tryAndSearch(t, server, url, {
      files: good,
      meanwhile: async child => {
        await bothWait
        for (const pid of descendants(child.pid ?? -1)) process.kill(pid, 'SIGKILL')
        if (++killed === 2) await session.query('rollback')
      },
      code: 1,
    })
  })
})

/** How many stages wait for the lock. */
async function waiting(url: string): Promise<number> {
  await sleep(50)
  return (
    await rowsOf(url, `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%stage_table%'`)
  ).length
}
