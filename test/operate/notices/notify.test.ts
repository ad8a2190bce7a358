import test, { type ExecutionContext } from 'ava'
import { caseload, type Ended } from '../../helpers/cli.ts'
import { rowsOf } from '../../helpers/database.ts'
import { freePort } from '../../helpers/port.ts'
import { dayFile, makePlace, type Place } from '../queue/place.ts'
import { mailReceiver, type Posted, token, type WebReceiver, webReceiver } from './receivers.ts'

/** A place whose commands send to a webhook. */
interface Scene extends Place {
  readonly hook: WebReceiver
  readonly call: (...args: readonly string[]) => Promise<Ended>
}

async function makeScene(t: ExecutionContext, env: Readonly<Record<string, string>> = {}): Promise<Scene> {
  const place = await makePlace(t)
  const hook = await webReceiver(t)
  const options = { ...place.options, env: { ...place.options.env, CASELOAD_NOTIFY_WEBHOOK: hook.url, ...env } }
  return { ...place, options, hook, call: (...args) => caseload(args, options) }
}

const run = ['run', 'source_a', '20230501', '--notify', '--retries', '0'] as const
const broken = (scene: Scene, day = 1): void => {
  scene.landing.write(dayFile(day), '[{"patient_id": ')
}

const told = (hook: WebReceiver): readonly string[] =>
  hook.posted().flatMap((one: Posted) => one.notices.map(({ kind, date }) => `${String(kind)} ${String(date)}`))

test('a batch that fails three times is one message, and one when it is well again', async t => {
  const scene = await makeScene(t)
  broken(scene)
  for (let i = 0; i < 3; i++) t.like(await scene.call(...run), { code: 3 })
  t.deepEqual(told(scene.hook), ['refused 2023-05-01'])
  const [first] = scene.hook.posted()
  t.deepEqual(first?.notices[0] && Object.keys(first.notices[0]), [
    'kind',
    'source',
    'date',
    'code',
    'message',
    'command',
  ])
  t.like(first?.notices[0], { source: 'source_a', code: 3, command: 'caseload run source_a 2023-05-01' })
  t.regex(
    first?.text ?? '',
    /^source_a 2023-05-01 was refused: .*\. When the delivery or the source is corrected: caseload run source_a 2023-05-01$/,
  )
  scene.deliver(1)
  for (let i = 0; i < 2; i++) t.like(await scene.call(...run), { code: 0 })
  t.deepEqual(told(scene.hook), ['refused 2023-05-01', 'recovered 2023-05-01'])
  t.is(scene.hook.posted()[1]?.text, 'source_a 2023-05-01 is well again: published.')
  broken(scene)
  await scene.call(...run)
  t.is(told(scene.hook).length, 3, 'it begins to fail once more')
})

test('without --notify nothing is sent; a batch that was never in trouble is no message', async t => {
  const scene = await makeScene(t)
  broken(scene)
  t.like(await scene.call('run', 'source_a', '20230501'), { code: 3 })
  scene.deliver(1)
  t.like(await scene.call(...run), { code: 0 })
  t.deepEqual(scene.hook.bodies, [])
})

test('two processes at once send one message', async t => {
  const scene = await makeScene(t)
  broken(scene)
  await scene.call('run', 'source_a', '20230501')
  const look = ['status', '--problems', '--notify'] as const
  const ended = await Promise.all([1, 2, 3, 4].map(() => scene.call(...look)))
  t.deepEqual(
    ended.map(one => one.code),
    [1, 1, 1, 1],
  )
  t.deepEqual(told(scene.hook), ['refused 2023-05-01'])
})

test('a target that is down is one warning, keeps the exit code, and gets the notice at the next call', async t => {
  const scene = await makeScene(t)
  broken(scene)
  scene.hook.answer(500)
  const { code, stderr } = await scene.call(...run)
  t.is(code, 3)
  t.deepEqual(stderr.match(/warn .*notify.*/g)?.length, 1, stderr)
  t.regex(stderr, /the webhook got no notice: 127\.0\.0\.1:\d+ answered 500; the next call with --notify tries again/)
  t.false(stderr.includes(token))
  scene.hook.answer(200)
  scene.deliver(2)
  t.like(await scene.call('run', 'source_a', '20230502', '--notify'), { code: 0 })
  t.deepEqual(told(scene.hook), ['refused 2023-05-01'], 'a run of another batch sends it')
})

test('what could not be told before it was over is not told', async t => {
  const scene = await makeScene(t)
  broken(scene)
  scene.hook.answer(404)
  await scene.call(...run)
  scene.deliver(1)
  await scene.call('run', 'source_a', '20230501')
  scene.hook.answer(200)
  scene.deliver(2)
  await scene.call('run', 'source_a', '20230502', '--notify')
  t.deepEqual(scene.hook.bodies, [])
})

test('two targets: the one that was down gets what the other has', async t => {
  const mail = await mailReceiver(t)
  const scene = await makeScene(t, {
    CASELOAD_NOTIFY_SMTP: mail.url,
    CASELOAD_NOTIFY_SMTP_PASSWORD: 'Smtp-password-of-nobody',
    CASELOAD_NOTIFY_FROM: 'caseload@example.org',
    CASELOAD_NOTIFY_TO: 'night@example.org, day@example.org',
  })
  broken(scene)
  scene.hook.answer(503)
  await scene.call(...run)
  scene.hook.answer(200)
  await scene.call(...run)
  t.deepEqual(told(scene.hook), ['refused 2023-05-01'])
  t.is(mail.mails.length, 1)
  const [sent] = mail.mails
  t.like(sent, {
    from: 'caseload@example.org',
    to: ['night@example.org', 'day@example.org'],
    login: 'reporter:Smtp-password-of-nobody',
  })
  t.regex(sent?.data ?? '', /^Subject: Caseload: source_a 2023-05-01 was refused\r$/m)
  t.regex(sent?.data ?? '', /caseload run source_a 2023-05-01/)
})

test('where the database is down it is sent all the same, and says that it may come again', async t => {
  const scene = await makeScene(t)
  scene.deliver(1)
  const url = `postgresql://nobody@127.0.0.1:${await freePort()}/nothing`
  const down = await caseload([...run], { ...scene.options, url })
  t.is(down.code, 1, down.stderr)
  const [sent] = scene.hook.posted()
  t.like(sent?.notices[0], { kind: 'failed', source: null, code: 1, command: 'caseload doctor' })
  t.regex(sent?.text ?? '', /^Caseload failed: .*no server/i)
})

test('a backfill tells of all its batches in one message, and of nothing that may still come', async t => {
  const scene = await makeScene(t)
  for (const day of [1, 2]) broken(scene, day)
  scene.deliver(3)
  const days = ['--from', '2023-05-01', '--to', '2023-05-04'] as const
  t.like(await scene.call('backfill', 'source_a', ...days, '--notify'), { code: 1 })
  t.like(await scene.call('retry', '--notify'), { code: 1 })
  t.is(scene.hook.bodies.length, 1)
  t.deepEqual(told(scene.hook), ['refused 2023-05-01', 'refused 2023-05-02'])
  t.like(await scene.call('backfill', 'source_a', ...days, '--strict', '--notify'), { code: 1 })
  t.deepEqual(told(scene.hook).slice(2), ['not_delivered 2023-05-04'])
})

test('status --problems tells of overdue days once, of what comes and is refused, and of what is well again', async t => {
  const scene = await makeScene(t)
  scene.deliver(1)
  t.like(await scene.call('run', 'source_a', '20230501'), { code: 0 })
  const look = ['status', '--problems', '--to', '2023-05-04', '--notify'] as const
  for (let i = 0; i < 2; i++) t.like(await scene.call(...look), { code: 1 })
  t.is(scene.hook.bodies.length, 1)
  t.is(
    scene.hook.posted()[0]?.text,
    'source_a 2023-05-02 .. 2023-05-04 is overdue: 3 days. They have no landing folder; ask for them, or, if they will not ' +
      "come: caseload dismiss source_a 2023-05-02 --to 2023-05-04 --reason '...'",
  )
  broken(scene, 2)
  await scene.call('run', 'source_a', '20230502')
  scene.deliver(3)
  await scene.call('run', 'source_a', '20230503')
  await scene.call('dismiss', 'source_a', '20230504', '--reason', 'a holiday')
  t.like(await scene.call(...look), { code: 1 })
  t.deepEqual(told(scene.hook).slice(3), ['refused 2023-05-02', 'recovered 2023-05-03', 'recovered 2023-05-04'])
  t.like(await scene.call(...look), { code: 1 })
  t.is(scene.hook.bodies.length, 2)
})

test('a worker tells of a dead job once, and status knows it', async t => {
  const scene = await makeScene(t)
  broken(scene)
  t.like(await scene.call('enqueue'), { code: 0 })
  const worked = await scene.call('worker', '--drain', '--notify')
  t.is(worked.code, 1, worked.stderr)
  t.like(await scene.call('status', '--problems', '--notify'), { code: 1 })
  t.deepEqual(told(scene.hook), ['dead 2023-05-01'])
  scene.deliver(1)
  await scene.call('queue', 'retry')
  t.like(await scene.call('worker', '--drain', '--notify'), { code: 0 })
  t.deepEqual(told(scene.hook), ['dead 2023-05-01', 'recovered 2023-05-01'])
})

test('--ping calls at success only, and a worker while it lives', async t => {
  const scene = await makeScene(t)
  const env = { ...scene.options.env, CASELOAD_PING: scene.hook.url }
  const call = (...args: readonly string[]): Promise<Ended> => caseload(args, { ...scene.options, env })
  broken(scene)
  t.like(await call('run', 'source_a', '20230501'), { code: 3 })
  t.like(await call('status', '--problems'), { code: 1 })
  t.is(scene.hook.pings(), 0)
  scene.deliver(1)
  t.like(await call('run', 'source_a', '20230501'), { code: 0 })
  t.is(scene.hook.pings(), 1)
  t.like(await call('status', '--problems', '--to', '2023-05-01'), { code: 0 })
  t.like(await call('backfill', '--to', '2023-05-01'), { code: 0 })
  t.is(scene.hook.pings(), 3)
  t.like(await call('enqueue', '--to', '2023-05-01'), { code: 0 })
  t.like(await call('worker', '--drain'), { code: 0 })
  t.is(scene.hook.pings(), 5, 'at its first beat and at its end')
  scene.hook.answer(404)
  const down = await call('status')
  t.like(down, { code: 0 })
  t.regex(down.stderr, /warn ping: 127\.0\.0\.1:\d+ answered 404/)
  t.false(down.stderr.includes(token))
})

test('notices are forgotten 90 days after the batch was well again', async t => {
  const scene = await makeScene(t)
  broken(scene)
  await scene.call(...run)
  scene.deliver(1)
  await scene.call(...run)
  await rowsOf(scene.url, `update caseload.notices set sent_at = sent_at - interval '91 days'`)
  broken(scene, 2)
  await scene.call('run', 'source_a', '20230502', '--notify')
  t.deepEqual(await rowsOf(scene.url, 'select batch_date::text as day, told from caseload.notices'), [
    { day: '2023-05-02', told: 'refused' },
  ])
})

test('notify test sends one notice to each target, and names a setting that is wrong', async t => {
  const hook = await webReceiver(t)
  const good = await caseload(['notify', 'test', '--json'], { env: { CASELOAD_NOTIFY_WEBHOOK: hook.url } })
  t.deepEqual(JSON.parse(good.stdout), [{ target: 'webhook', error: null }])
  t.is(hook.posted()[0]?.text, 'Caseload can send notices here.')
  for (const [env, words] of [
    [{}, /found none/],
    [{ CASELOAD_NOTIFY_WEBHOOK: 'hooks.example.org/secret-path' }, /CASELOAD_NOTIFY_WEBHOOK is no http or https URL/],
    [{ CASELOAD_NOTIFY_SMTP: 'smtp://me:secret-word@mail.example.org' }, /holds a password/],
    [{ CASELOAD_NOTIFY_SMTP: 'smtp://mail.example.org' }, /CASELOAD_NOTIFY_FROM is no mail address/],
  ] as const) {
    const refused = await caseload(['notify', 'test'], { env })
    t.is(refused.code, 2, refused.stderr)
    t.regex(refused.stderr, words)
    t.false(/secret-(?:path|word)/.test(refused.stderr), refused.stderr)
  }
  hook.answer(500)
  const down = await caseload(['notify', 'test'], { env: { CASELOAD_NOTIFY_WEBHOOK: hook.url } })
  t.is(down.code, 1)
})
