import test from 'ava'
import { groupOf } from '../../../pipelines/ledger/access/access-table.ts'
import { readObjects } from '../../../pipelines/ledger/access/catalogue.ts'
import { roleNames } from '../../../pipelines/ledger/access/role-names.ts'
import { testDatabase, withSession } from '../../helpers/database.ts'

test('every table and view of the ledger, and every function that executes as the owner, is in a group of its own kind', async t => {
  const { url } = await testDatabase(t)
  const objects = await withSession(url, session => readObjects(session, roleNames('caseload')))
  const nameless = objects
    .filter(one => one.schema === 'caseload' && (one.kind === 'table' || one.kind === 'view'))
    .filter(one => groupOf(one).group === 'everything else')
  t.deepEqual(
    nameless.map(one => one.identity),
    [],
    'name it in pipelines/ledger/access/access-table.ts: until then nobody but the owner may use it',
  )
  const owners = await withSession(url, session =>
    session.query<{ name: string }>(
      `select proname as name from pg_proc where pronamespace = 'caseload'::regnamespace and prosecdef`,
    ),
  )
  const uncalled = owners.rows.filter(({ name }) => {
    const { rights } = groupOf({ kind: 'function', schema: 'caseload', name, is_ours: true })
    return Object.keys(rights).length === 0
  })
  t.deepEqual(uncalled, [], 'nobody may call it: it need not execute as the owner')
})
