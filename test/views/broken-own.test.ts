import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { UsageError } from '../../pipelines/platform/errors.ts'
import { setCurrentProject } from '../../pipelines/contract/current-project.ts'
import { makeReady } from '../../pipelines/ledger/ensure-schema.ts'
import { shippedViews } from '../../pipelines/ledger/list-views.ts'
import { createViews, missingViews } from '../../pipelines/ledger/views.ts'
import { testDatabase, withSession } from '../helpers/database.ts'

test.serial("a broken view of the project's is a warning of a run, and an error of caseload views", async t => {
  const root = mkdtempSync(join(tmpdir(), 'caseload-project-'))
  t.teardown(() => {
    setCurrentProject(undefined)
    rmSync(root, { recursive: true })
  })
  const views = join(root, 'views')
  mkdirSync(views)
  const paths = { root, sources: join(root, 'sources'), tables: join(root, 'tables'), checks: join(root, 'checks') }
  setCurrentProject({ ...paths, views, declared: new Map() })
  const broken = join(views, 'foo.sql')
  const { url } = await testDatabase(t, 'empty')
  await withSession(url, async session => {
    writeFileSync(broken, 'create or replace view clinical.foo as select 1 as a from store.nowhere')
    const [warning, ...others] = await makeReady(session)
    t.regex(
      warning ?? '',
      /^views\/foo\.sql is not a valid view .*store\.nowhere.*\(SQLSTATE 42P01\)\. Data is loaded all the same/,
    )
    t.deepEqual(others, [])
    t.deepEqual(await missingViews(session, shippedViews()), [], 'the shipped ones are there')
    t.deepEqual(await missingViews(session), ['foo'])
    await t.throwsAsync(createViews(session), { instanceOf: UsageError, message: /views\/foo\.sql/ })

    writeFileSync(broken, 'select 1')
    t.regex((await makeReady(session))[0] ?? '', /must be one statement/, 'one that is no view at all')

    writeFileSync(broken, 'create or replace view clinical.foo as select 1 as a')
    t.deepEqual(await makeReady(session), [])
    t.deepEqual(await missingViews(session), [])
  })
})
