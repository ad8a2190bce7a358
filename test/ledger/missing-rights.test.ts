import test from 'ava'
import { refusedObstacle, writeRightsObstacle } from '../../pipelines/ledger/missing-rights.ts'
import type { ObjectRights } from '../../pipelines/ledger/object-rights.ts'

const acting = { login: 'bi', role: 'bi', database: 'ward' }

/** An object of the owner etl, on which the role has every right unless the test says otherwise. */
function object(
  kind: ObjectRights['kind'],
  schema: string,
  name: string,
  more: Partial<ObjectRights> = {},
): ObjectRights {
  return { kind, schema, name, owner: 'etl', is_ours: false, may_read: true, may_write: true, ...more }
}

const unreadable = { may_read: false, may_write: false }
const objects = [
  object('schema', 'caseload', 'caseload'),
  object('table', 'caseload', 'schema_state'),
  object('table', 'caseload', 'runs', unreadable),
  object('table', 'caseload', 'quarantine_rows', unreadable),
  object('view', 'caseload', 'quarantine', unreadable),
  object('table', 'store', 'visits', { may_write: false }),
  object('function', 'caseload', 'publish(p_run uuid, p_to text)', unreadable),
]

test('the object is found by its name in a message of any language, and the rows in quarantine are not granted in passing', t => {
  for (const said of [
    'permission denied for table runs',
    'keine Berechtigung für Tabelle »runs«',
    'droit refusé pour la table runs',
    'テーブルrunsへのアクセスが拒否されました',
  ]) {
    t.deepEqual(
      refusedObstacle(said, 'read', objects, acting),
      {
        found: 'Role bi may not read table caseload.runs',
        remedy: 'as etl or a superuser: grant select on "caseload"."runs" to "bi"',
      },
      said,
    )
  }
  const rows = refusedObstacle('permission denied for table quarantine_rows', 'read', objects, acting)
  t.is(rows?.found, 'Role bi may not read table caseload.quarantine_rows', 'not the shorter name within it')
  t.regex(rows?.remedy ?? '', /"quarantine_rows"/)
  t.like(refusedObstacle('permission denied for function publish', 'read', objects, acting), {
    found: 'Role bi may not call function caseload.publish(p_run uuid, p_to text)',
    remedy: 'as etl or a superuser: grant execute on function "caseload"."publish"(p_run uuid, p_to text) to "bi"',
  })
  t.is(refusedObstacle('permission denied for table schema_state', 'read', objects, acting), undefined)
})

test('who may read and has to write is told to become a member of the owner', t => {
  t.deepEqual(refusedObstacle('must be owner of table visits', 'read', objects, acting), {
    found: 'Role bi may not write table store.visits',
    remedy: 'as a superuser: grant "etl" to "bi"',
  })
  const ours = [object('schema', 'store', 'store', { is_ours: true, may_write: false, owner: 'bi' })]
  t.deepEqual(writeRightsObstacle(ours, acting), {
    found: 'Role bi may not create in schema store',
    remedy: 'as bi or a superuser: grant all on schema "store" to "bi"',
  })
})

test('a table that a third role put beside those of the ledger stops no run', t => {
  const other = object('table', 'store', 'notes', { ...unreadable, owner: 'research' })
  const fine = [object('table', 'caseload', 'schema_state'), other]
  t.is(writeRightsObstacle(fine, acting), undefined)
  t.truthy(writeRightsObstacle([...fine, object('table', 'store', 'visits', unreadable)], acting))
})
