import test from 'ava'
import { errorWord } from '../../pipelines/platform/error-word.ts'
import { timeText } from '../../pipelines/platform/time-text.ts'

test.serial('a moment is shown to the second in the zone of the machine, or in UTC', t => {
  const before = process.env['TZ']
  t.teardown(() => {
    if (before === undefined) delete process.env['TZ']
    else process.env['TZ'] = before
  })
  process.env['TZ'] = 'Asia/Kathmandu'
  t.is(timeText('2023-05-01 23:59:58.123456+00', false), '2023-05-02 05:44:58')
  t.is(timeText('2023-05-01T23:59:58Z', false), '2023-05-02 05:44:58')
  t.is(timeText('2023-05-01 23:59:58.123456+00', true), '2023-05-01 23:59:58Z')
  t.is(timeText(null, false), null)
  t.is(timeText('infinity', false), 'infinity')
  t.is(timeText('2023-05-01 23:59:58+02', false), '2023-05-01 23:59:58+02')
})

test('the class of an error is plain words', t => {
  const classes = [
    'RefusedError',
    'NoDeliveryError',
    'EngineDiedError',
    'ProcessDied',
    'CaseloadError',
    'TypeError',
    null,
  ]
  t.deepEqual(classes.map(errorWord), ['refused', 'no delivery', 'engine died', 'process died', 'failed', 'bug', null])
})
