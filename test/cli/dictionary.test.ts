import test from 'ava'
import { dayIn } from '../../pipelines/source/relative-day.ts'
import { caseload } from '../helpers/cli.ts'
import { testDatabase } from '../helpers/database.ts'
import { eventsFile, testLanding } from '../helpers/landing.ts'

const nowhere = 'postgres://nobody@127.0.0.1:1/none'

test('ls and describe open no database', async t => {
  const described = await caseload(['describe', 'store.visits', '--markdown'], { url: nowhere })
  t.is(described.code, 0, described.stderr)
  const mart = await caseload(['describe', 'mart.current_visits'], { url: nowhere })
  t.regex(mart.stdout, /current_visits/)
  t.regex(described.stdout, /^# `store\.visits`\n\nOne row is one version of one visit\./)
  const listed = await caseload(['ls', 'views', '--json'], { url: nowhere })
  const { views } = JSON.parse(listed.stdout) as { views: readonly { name: string }[] }
  t.true(views.some(({ name }) => name === 'current_visits'))
})

test('a range of days is counted back from today in the zone of each source', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const yesterday = dayIn('UTC', 'yesterday', new Date())
  const before = dayIn('UTC', '-2', new Date())
  for (const day of [yesterday, before, dayIn('UTC', '-9', new Date())]) {
    landing.write(eventsFile.replace('20230501', day.replaceAll('-', '')), '[]')
  }
  const args = ['plan', 'source_a', '--from', '-2', '--to', '-1', '--json', '--landing', landing.root]
  const { code, stdout, stderr } = await caseload(args, { url })
  t.is(code, 0, stderr)
  const decisions = JSON.parse(stdout) as readonly { date: string }[]
  // Midnight may pass between the two clocks.
  if (dayIn('UTC', 'yesterday', new Date()) !== yesterday) return
  t.deepEqual(
    decisions.map(({ date }) => date),
    [before, yesterday],
  )
})
