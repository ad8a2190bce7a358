import test from 'ava'
import { collectNews } from '../../../pipelines/operate/notices/collect.ts'
import { messageOf, type NoticeMessage } from '../../../pipelines/operate/notices/message.ts'
import { type News, type Notice, recovered, troubleOf } from '../../../pipelines/operate/notices/notice.ts'
import { notify } from '../../../pipelines/operate/notices/notify.ts'
import { readTargets } from '../../../pipelines/operate/notices/targets.ts'
import { readMailServer } from '../../../pipelines/platform/mail-server.ts'
import { DatabaseError } from '../../../pipelines/platform/errors.ts'

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }

const refused = (date: string): Notice => ({
  kind: 'refused',
  source: 'icu',
  date,
  code: 3,
  message: 'Expected 4 columns, found 5',
  hint: 'when the delivery is corrected',
  command: `caseload run icu ${date}`,
})

test('one notice is its subject; several are counted by kind, and a page has no more than 20 lines', t => {
  t.is(messageOf([refused('2023-05-01')]).subject, 'Caseload: icu 2023-05-01 was refused')
  const many = Array.from({ length: 23 }, (_, day) => refused(`2023-05-${String(day + 1).padStart(2, '0')}`))
  const { subject, text } = messageOf(
    [...many, recovered({ source: 'icu', date: '2023-04-01' }, 'published')],
    'The end.',
  )
  t.is(subject, 'Caseload: 24 batches: 23 refused, 1 well again')
  const lines = text.split('\n')
  t.is(lines.length, 22)
  t.deepEqual(lines.slice(20), ['And 4 more: caseload status --problems', 'The end.'])
})

test('a control character or a line feed of a message changes no line', t => {
  const { text } = messageOf([{ ...refused('2023-05-01'), message: 'a\u001b[31mb\nc' }])
  t.is(text.split('\n').length, 1)
  t.false(text.includes('\u001b'))
})

test('a delivery that may still come, a lock and a signal are no trouble; a dead job always is', t => {
  const ended = (outcome: 'failed' | 'locked' | 'stopped' | 'not_delivered' | 'published', exitCode: number) =>
    ({ batch: { source: 'icu', date: '2023-05-01' }, outcome, reason: 'Why.', exitCode }) as const
  t.is(troubleOf(ended('failed', 4)), undefined)
  t.is(troubleOf(ended('locked', 75)), undefined)
  t.is(troubleOf(ended('stopped', 143)), undefined)
  t.is(troubleOf(ended('not_delivered', 4)), undefined)
  t.is(troubleOf(ended('published', 0)), undefined)
  t.is(troubleOf(ended('failed', 1))?.kind, 'failed')
  t.is(troubleOf(ended('failed', 124))?.kind, 'failed')
  t.is(troubleOf(ended('not_delivered', 4), { strict: true })?.kind, 'not_delivered')
  t.is(troubleOf(ended('failed', 4), { isDead: true })?.kind, 'dead')
})

test('without the ledger all troubles are sent, with a sentence that says so, and secrets are redacted', async t => {
  const sent: NoticeMessage[] = []
  await notify(
    {
      targets: [
        {
          name: 'webhook',
          send: message => {
            sent.push(message)
            return Promise.resolve()
          },
        },
      ],
      openSession: () => Promise.reject(new DatabaseError('No server listens there.')),
      redact: text => text.replaceAll('5', '***'),
      signal: new AbortController().signal,
      log: silent,
    },
    { troubles: [refused('2023-05-01')], well: [recovered({ source: 'icu', date: '2023-04-01' }, 'published')] },
  )
  t.deepEqual(
    sent.map(one => one.text),
    [
      'icu 2023-05-01 was refused: Expected 4 columns, found ***. When the delivery is corrected: caseload run icu 2023-05-01\n' +
        'What was told before is not known (No server listens there): this may come again with every call.',
    ],
  )
})

test('the news of a worker come at once, then together; of one batch the last counts', async t => {
  const told: News[] = []
  let goOn = (): void => undefined
  const first = new Promise<void>(resolve => {
    goOn = resolve
  })
  const collector = collectNews(async news => {
    told.push(news)
    if (told.length === 1) await first
  }, 0)
  collector.add({ troubles: [refused('2023-05-01')], well: [] })
  collector.add({ troubles: [refused('2023-05-02'), refused('2023-05-03')], well: [] })
  collector.add({ troubles: [], well: [recovered({ source: 'icu', date: '2023-05-02' }, 'published')] })
  goOn()
  await collector.stop()
  t.deepEqual(
    told.map(({ troubles, well }) => [troubles.map(one => one.date), well.map(one => one.date)]),
    [
      [['2023-05-01'], []],
      [['2023-05-03'], ['2023-05-02']],
    ],
  )
})

test('a mail server of another machine must encrypt, unless the address says that it need not', t => {
  const encryption = (url: string): unknown => readMailServer(url).server?.encryption
  t.is(encryption('smtp://mail.example.org'), 'starttls')
  t.is(encryption('smtp://mail.example.org?tls=off'), 'none')
  t.is(encryption('smtp://127.0.0.1:25'), 'none')
  t.is(encryption('smtps://mail.example.org'), 'smtps')
  t.like(readMailServer('smtps://a%40b@mail.example.org').server, { port: 465, user: 'a@b' })
  t.regex(readMailServer('https://mail.example.org').fault ?? '', /no smtp URL/)
  t.regex(readMailServer('smtp://mail.example.org?tls=no').fault ?? '', /other than tls=off/)
})

test('settings that do not go together are named, without their values', t => {
  const mail = { CASELOAD_NOTIFY_SMTP: 'smtp://me@mail.example.org', CASELOAD_NOTIFY_FROM: 'a@b.org' }
  t.regex(readTargets({ ...mail, CASELOAD_NOTIFY_TO: 'c@d.org' }).faults.join(), /a user without a password/)
  t.regex(readTargets({ ...mail, CASELOAD_NOTIFY_TO: 'nobody' }).faults.join(), /CASELOAD_NOTIFY_TO is no mail address/)
  t.like(readTargets({ ...mail, CASELOAD_NOTIFY_TO: 'c@d.org', CASELOAD_NOTIFY_SMTP_PASSWORD: 'x' }), { faults: [] })
})
