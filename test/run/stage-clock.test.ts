import test from 'ava'
import type { Stage } from '../../pipelines/run/run-listener.ts'
import { stageClock } from '../../pipelines/run/stage-clock.ts'
import { rowsOf, testDatabase } from '../helpers/database.ts'
import { callMain } from '../helpers/in-process.ts'
import { testLanding } from '../helpers/landing.ts'

test('a stage lasts until the next begins, one that begins again goes on, and each attempt begins anew', t => {
  const passed: string[] = []
  let now = 0
  const clock = stageClock({ stage: stage => passed.push(stage), rows: rows => passed.push(`${rows} rows`) }, () => now)
  const at = (ms: number, stage: Stage): void => {
    now = ms
    clock.stage(stage)
  }
  at(0, 'lock')
  at(7, 'read')
  at(10, 'lock')
  at(12, 'read')
  at(20, 'stage')
  clock.rows(5)
  at(30, 'stage')
  at(50, 'audit')
  now = 51
  t.deepEqual(clock.times(), [
    { stage: 'lock', ms: 2 },
    { stage: 'read', ms: 8 },
    { stage: 'stage', ms: 30 },
    { stage: 'audit', ms: 1 },
  ])
  t.deepEqual(passed, ['lock', 'read', 'lock', 'read', 'stage', '5 rows', 'stage', 'audit'])
})

test('a run that ends early is recorded with the stages that it reached', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write('source_a/20230501/.keep', '')
  const { code } = await callMain(['run', 'source_a', '20230501', '--landing', landing.root], { DATABASE_URL: url })
  t.is(code, 4)
  const stages = await rowsOf(url, `select s ->> 'stage' as stage from caseload.runs, json_array_elements(stages) as s`)
  t.deepEqual(stages, [{ stage: 'lock' }, { stage: 'read' }])
})
