import test from 'ava'
import { ended, start } from '../helpers/cli.ts'
import { rowsOf, testDatabase } from '../helpers/database.ts'
import { eventsFile, patient, testLanding } from '../helpers/landing.ts'

test('a run continues after the readers of its log and its result are gone', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write(eventsFile, JSON.stringify([patient('P1', 'Avery Sample')]))
  const child = start(['run', 'source_a', '20230501', '--landing', landing.root], { url })
  child.stderr?.destroy()
  child.stdout?.destroy()
  const { code } = await ended(child)
  t.is(code, 0)
  t.deepEqual(await rowsOf(url, 'select status, error_class from caseload.runs'), [
    { status: 'published', error_class: null },
  ])
})
