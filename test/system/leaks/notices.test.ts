import anyTest, { type TestFn } from 'ava'
import { token, webReceiver } from '../../operate/notices/receivers.ts'
import { withSession } from '../../helpers/database.ts'
import { canariesIn, goodRows } from './canaries.ts'
import { startServer, type LoggingServer } from './server.ts'
import { csvFiles, type Trial, tryAndSearch } from './trial.ts'

const test = anyTest as TestFn<{ server: LoggingServer }>

test.before(async t => {
  t.context = { server: await startServer() }
})

test.after.always(t => t.context.server.stop())

const good = csvFiles(goodRows())
const patients = 'patient_id,name\n"Qzvx patient_id 1","Qzvx name 1"\n'

const trials: Readonly<Record<string, Trial>> = {
  'a SELECT that casts what is no number': { source: 'leaky_cast', files: { 'patients.csv': patients }, code: 3 },
  'a SELECT that raises a value': { source: 'leaky_raise', files: { 'patients.csv': patients }, code: 3 },
  'a bug whose message quotes a value': { source: 'leaky_bug', files: { 'patients.csv': patients }, code: 1 },
  'a file cut off within quotes': {
    files: { ...good, 'visits.csv': good['visits.csv']?.slice(0, -40) ?? '' },
    code: 3,
  },
}

for (const [name, trial] of Object.entries(trials)) {
  test(`a notice of ${name} has no value and no secret, and its target shows nowhere`, async t => {
    const { server } = t.context
    const hook = await webReceiver(t)
    await tryAndSearch(t, server, await server.database(), {
      ...trial,
      args: date => ['run', trial.source ?? 'leaky', date, '--notify'],
      env: { CASELOAD_NOTIFY_WEBHOOK: hook.url, CASELOAD_PING: hook.url },
      secrets: [token],
    })
    t.is(hook.bodies.length, 2)
    t.deepEqual(canariesIn(hook.bodies.join('\n')), [])
    t.false(hook.bodies.join('\n').includes(server.password))
  })
}

test('a notice of a row that the server refuses and quotes has no value, also where the target is down', async t => {
  const { server } = t.context
  const url = await server.database()
  await withSession(url, session =>
    session.query('alter table store.patients add constraint no_such_patient check (name is null)'),
  )
  const hook = await webReceiver(t)
  const trial: Trial = {
    files: good,
    args: date => ['run', 'leaky', date, '--notify'],
    env: { CASELOAD_NOTIFY_WEBHOOK: hook.url },
    secrets: [token],
    code: 1,
  }
  hook.answer(500)
  await tryAndSearch(t, server, url, trial)
  hook.answer(200)
  await tryAndSearch(t, server, url, trial)
  t.true(hook.bodies.length > 0)
  t.deepEqual(canariesIn(hook.bodies.join('\n')), [])
})
