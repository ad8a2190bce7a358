import test from 'ava'
import { declareWard, patient } from './ward.ts'

// 1 May 2023 is a Monday.
const overdue: Readonly<Record<string, readonly string[]>> = {
  daily: ['02', '03', '04', '05', '06', '07', '08', '09'],
  weekdays: ['02', '03', '04', '05', '08', '09'],
  weekly: ['08'],
  irregular: [],
}

for (const [schedule, days] of Object.entries(overdue)) {
  test(`${schedule}: status calls ${days.length} days overdue until Tuesday of the week after`, async t => {
    const ward = await declareWard(t, `schedule = '${schedule}'`)
    await ward.load('2023-05-01', { patients: [patient('P1')] })
    const told = await ward.call('status', 'ward', '--to', '2023-05-09', '--json')
    t.is(told.code, 0, told.stderr)
    const states = JSON.parse(told.stdout) as { batch_date: string; state: string }[]
    t.deepEqual(
      states.filter(one => one.state === 'overdue').map(one => one.batch_date.slice(8)),
      days,
    )
    t.deepEqual(
      states.filter(one => one.state !== 'overdue').map(one => one.state),
      ['published'],
    )
  })
}
