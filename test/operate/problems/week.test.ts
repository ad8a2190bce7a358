import test from 'ava'
import { dismiss } from '../../../pipelines/ledger/dismiss.ts'
import { linesText } from '../../../pipelines/operate/problems/lines.ts'
import {
  type LandedDays,
  type Problem,
  problemLines,
  problemStates,
  withNextSteps,
} from '../../../pipelines/operate/problems/problems.ts'
import type { StatusWindow } from '../../../pipelines/ledger/status.ts'
import { connect, type Session } from '../../../pipelines/platform/postgres.ts'
import { testDatabase, withSession } from '../../helpers/database.ts'

const problemsText = (problems: readonly Problem[], width?: number): string => linesText(problemLines(problems), width)

const findProblems = async (session: Session, window: StatusWindow, landed: LandedDays): Promise<readonly Problem[]> =>
  withNextSteps(await problemStates(session, window), landed)

/** One feed for each thing that goes wrong; all publish on Sunday, the last of April. */
const feeds = ['fine', 'late', 'refused', 'stopped', 'unmounted']

async function record(session: Session, source: string, date: string, status: string, error?: readonly string[]) {
  await session.query(
    `insert into caseload.runs
       (run_id, source, batch_date, status, code_version, host, process_id, error_class, error_message, started_at)
     values (gen_random_uuid(), $1, $2, $3, '', '', 0, $4, $5, clock_timestamp())`,
    [source, date, status, error?.[0] ?? null, error?.[1] ?? null],
  )
}

const absent = ['NoDeliveryError', 'Expected a landing folder, found none.'] as const
const bad = ['RefusedError', 'Expected 4 columns,\nfound 5.'] as const

/** What the night of a day's run leaves in the ledger: the call of 05:30 the next morning. */
async function night(session: Session, date: string): Promise<void> {
  await record(session, 'fine', date, 'published')
  await record(session, 'late', date, 'incomplete', absent)
  const isWednesday = date === '2023-05-03'
  await record(session, 'refused', date, isWednesday ? 'refused' : 'published', isWednesday ? bad : undefined)
  if (date < '2023-05-03') await record(session, 'stopped', date, 'published')
  if (date < '2023-05-05') await record(session, 'unmounted', date, 'published')
}

test('a week of mornings: a mail names who has to do what, once it is late, until it is settled', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    await session.query(
      `insert into caseload.sources (source, transformer, class, zone, schedule, due, lag_days)
       select name, name, name, 'Europe/Berlin', 'daily', '07:30', 1 from unnest($1::text[]) as f (name)`,
      [feeds],
    )
    for (const feed of feeds) await record(session, feed, '2023-04-30', 'published')
    // In Berlin it is 08:00, and the nightly line has run for the day before.
    const mail = async (now: string, landed: Readonly<Record<string, readonly string[]>>): Promise<string> => {
      const window = { sources: [], from: undefined, to: undefined, now: new Date(now) }
      const found = await findProblems(session, window, source =>
        Promise.resolve(new Set(landed[source] ?? ['2023-04-30'])),
      )
      return problemsText(found)
    }
    const settled = async (date: string, source: string, reason: string): Promise<void> => {
      const own = await connect({ url, applicationName: 'caseload test' })
      await dismiss(own, { batch: { source, date }, reason, by: 'jane@ward-1' }).finally(() => own.end())
    }

    await night(session, '2023-05-01')
    // Before 07:30 the late feed may still come.
    t.is(await mail('2023-05-02T05:29:00Z', {}), '')
    t.is(
      await mail('2023-05-02T06:00:00Z', {}),
      'late 2023-05-01: not delivered (Expected a landing folder, found none); it has no landing folder; ask for it, or, if ' +
        "it will not come: caseload dismiss late 2023-05-01 --reason '...'\n",
    )
    t.is(
      await mail('2023-05-02T06:00:00Z', { late: ['2023-05-01'] }),
      'late 2023-05-01: not delivered (Expected a landing folder, found none); it is there now: caseload run late 2023-05-01\n',
    )
    // The hourly backfill loads it; nothing is left to say.
    await record(session, 'late', '2023-05-01', 'published')
    t.is(await mail('2023-05-02T07:00:00Z', {}), '')

    await night(session, '2023-05-02')
    await night(session, '2023-05-03')
    for (const date of ['2023-05-02', '2023-05-03']) await record(session, 'late', date, 'published')
    const stopped =
      "stopped 2023-05-03: overdue; it has no landing folder; ask for it, or, if it will not come: caseload dismiss stopped 2023-05-03 --reason '...'\n"
    t.is(
      await mail('2023-05-04T06:00:00Z', { refused: ['2023-05-03'] }),
      'refused 2023-05-03: refused (Expected 4 columns, found 5); when the delivery or the source is corrected: caseload run ' +
        `refused 2023-05-03\n${stopped}`,
    )
    await settled('2023-05-03', 'refused', 'the ward was closed')
    await settled('2023-05-03', 'stopped', 'contract ended')
    t.is(await mail('2023-05-04T06:00:00Z', {}), '')

    await night(session, '2023-05-04')
    await night(session, '2023-05-05')
    for (const date of ['2023-05-04', '2023-05-05']) await record(session, 'late', date, 'published')
    const gap =
      "stopped 2023-05-04 .. 2023-05-05: overdue (2 days); they have no landing folder; ask for them, or, if they will not come: caseload dismiss stopped 2023-05-04 --to 2023-05-05 --reason '...'\n"
    t.is(
      await mail('2023-05-06T06:00:00Z', { unmounted: ['2023-05-05'] }),
      `${gap}unmounted 2023-05-05: overdue; it was delivered, and no run tried it: caseload run unmounted 2023-05-05\n`,
    )
    t.is(
      await mail('2023-05-06T06:00:00Z', { stopped: ['2023-05-04', '2023-05-05'], unmounted: ['2023-05-05'] }),
      'stopped 2023-05-04 .. 2023-05-05: overdue (2 days); they were delivered, and no run tried them: caseload backfill stopped --from 2023-05-04 --to 2023-05-05\n' +
        'unmounted 2023-05-05: overdue; it was delivered, and no run tried it: caseload run unmounted 2023-05-05\n',
    )
    // One day is delivered, the other is not: two things to do.
    t.is(
      (await mail('2023-05-06T06:00:00Z', { stopped: ['2023-05-04'], unmounted: ['2023-05-05'] })).split('\n').length,
      4,
    )
    for (const date of ['2023-05-04', '2023-05-05']) await settled(date, 'stopped', 'contract ended')
    t.is(
      await mail('2023-05-06T06:00:00Z', { unmounted: [] }),
      'unmounted 2023-05-05: overdue; there is no landing folder of this source at all: is it mounted?: caseload doctor\n',
    )
    // The root is gone, too, and a run after the dismissal loads the refused day: that settles it.
    await record(session, 'refused', '2023-05-03', 'published')
    await session.query(`delete from caseload.pins where source = 'refused'`)
    const unreadable = await findProblems(
      session,
      { sources: [], from: undefined, to: undefined, now: new Date('2023-05-06T06:00:00Z') },
      () => Promise.resolve(undefined),
    )
    t.deepEqual(
      unreadable.map(one => [one.source, one.batch_date, one.next]),
      [['unmounted', '2023-05-05', 'caseload doctor']],
    )
  })
})

test('a long reason is whole in a pipe; on a terminal it wraps, and its command has a line of its own', t => {
  const reason = `${'Expected 4 columns, found 5. '.repeat(9)}Correct the header,\nor declare column z.`
  const problem: Problem = {
    source: 'refused',
    batch_date: '2023-05-03',
    state: 'refused',
    last_run: 'refused',
    reason,
    hint: 'when the delivery or the source is corrected',
    next: "caseload dismiss a_source_with_a_long_name__site 2023-05-03 --to 2023-05-31 --reason '...'",
  }
  const whole = `refused 2023-05-03: refused (${reason.replace(/\n/, ' ').replace(/\.$/, '')}); ${problem.hint}: ${problem.next}\n`
  t.is(problemsText([problem]), whole)
  for (const width of [20, 40, 80]) {
    const lines = problemsText([problem], width).trimEnd().split('\n')
    t.is(lines.at(-1), `  ${problem.next}`)
    t.true(lines.slice(0, -1).every(line => line.length <= width))
    t.is(`${lines.map(line => line.replace(/^ {2}/, '')).join(' ')}\n`, whole)
  }
  const brief = { ...problem, reason: null, next: 'caseload run refused 2023-05-03' }
  t.is(problemsText([brief], 120).split('\n').length, 2)
})
