import test from 'ava'
import { keepAccess } from '../../../pipelines/ledger/access/plan-access.ts'
import { type AccessProof, proveAccess } from '../../../pipelines/ledger/access/prove-access.ts'
import { openAsOwner } from '../../../pipelines/embedded/target.ts'
import { rowsOf, testDatabase, withSession } from '../../helpers/database.ts'
import { callMain } from '../../helpers/in-process.ts'
import { sampleData } from '../../helpers/samples.ts'
import type { Ended } from '../../helpers/cli.ts'
import { loginUrl, testPrefix } from './roles.ts'

const server = process.env['CASELOAD_TEST_URL'] ?? ''

/** A command in this process: one at a time. */
const call = (url: string, ...words: readonly string[]): Promise<Ended> =>
  callMain(words, { DATABASE_URL: url, CASELOAD_LANDING: sampleData, CASELOAD_QUIET: 'true' })

async function prove(url: string): Promise<AccessProof> {
  const session = await openAsOwner(url, 'caseload test')
  try {
    return await proveAccess(session)
  } finally {
    await session.end()
  }
}

/** What each login reads, and one thing that it does not. */
const readers: Readonly<Record<string, readonly [reads: string, not: string]>> = {
  loader: ['store.patients', 'clinical.current_patients'],
  operator: ['store.patients', 'pg_catalog.pg_authid'],
  clinical: ['clinical.current_patients', 'store.patients'],
  quality: ['caseload.quarantine', 'clinical.current_patients'],
  audit: ['caseload.runs', 'caseload.quarantine'],
}

test.serial(
  'after every kind of change each role, and a login of it, may do what the table says and no more',
  async t => {
    const prefix = testPrefix(t, server)
    const { url } = await testDatabase(t)
    await call(url, 'migrate', '--roles', prefix)
    const logins = await Promise.all(
      Object.keys(readers).map(
        async role => [role, await loginUrl(url, prefix, { name: `l_${role}`, of: role })] as const,
      ),
    )
    const steps: readonly (readonly string[])[] = [
      ['run', 'source_a', '20230501'],
      ['run', 'source_a', '20230501'],
      ['run', 'source_a', '20230502'],
      ['marts', 'rebuild'],
      ['compact', 'source_a', '--before', '2023-06-01'],
      ['rollback', 'source_a', '20230501'],
      ['unpublish', 'source_a', '20230501', '--reason', 'test'],
      ['migrate'],
      ['views'],
      ['marts', 'drop', '--yes'],
      ['marts', 'rebuild'],
      ['care', 'on'],
      ['gc', '--keep', '0'],
      ['care', 'off'],
    ]
    for (const step of steps) {
      const done = await call(url, ...step)
      t.is(done.code, 0, `${step.join(' ')}: ${done.stderr}`)
      const { findings } = await prove(url)
      t.deepEqual(findings, [], step.join(' '))
      for (const [role, login] of logins) {
        const [reads = '', not = ''] = readers[role] ?? []
        await withSession(login, async session => {
          await t.notThrowsAsync(session.query(`select from ${reads} limit 1`), `${role} after ${step.join(' ')}`)
          await t.throwsAsync(session.query(`select from ${not} limit 1`), { message: /permission denied/ })
        })
      }
    }
    const shown = await call(url, 'prove', 'access')
    t.is(shown.code, 0, shown.stderr)
    t.regex(shown.stdout, /mart: views \(\d+\) +reads +reads +reads +- +- +-\n/)
    t.regex(shown.stdout, /Every role may do what docs\/roles\.md says/)
  },
)

test.serial('a grant too many on each kind of object is found, and so is one too few; migrate heals both', async t => {
  const prefix = testPrefix(t, server)
  const { url } = await testDatabase(t)
  const [owner, clinical, audit] = ['owner', 'clinical', 'audit'].map(role => `${prefix}_${role}`)
  for (const words of [
    ['migrate', '--roles', prefix],
    ['run', 'source_a', '20230501'],
    ['run', 'source_a', '20230501'],
    ['marts', 'rebuild'],
  ])
    t.is((await call(url, ...words)).code, 0, words.join(' '))
  const leaf = async (schema: string): Promise<string> => {
    const found = await rowsOf(
      url,
      `select format('%I.%I', $1::text, relname) as name from pg_class
       where relnamespace = $1::regnamespace and relkind = 'r' and relname like 'patients%' limit 1`,
      [schema],
    )
    return String(found[0]?.['name'])
  }
  const [published, kept] = [await leaf('store'), await leaf('caseload_kept')]
  await rowsOf(url, `create schema extra authorization ${owner}`)
  await rowsOf(url, `set role ${owner}; create function extra.leak() returns integer language sql as 'select 1'`)
  await rowsOf(url, `revoke execute on function extra.leak() from public`)
  const heal = async (): Promise<void> => {
    const session = await openAsOwner(url, 'caseload test')
    try {
      await keepAccess(session)
    } finally {
      await session.end()
    }
  }
  /** What is granted, and what the finding has to name. */
  const sabotage: readonly (readonly [grant: string, object: RegExp, privilege: string])[] = [
    [`grant usage on schema store to ${clinical}`, /^schema store$/, 'usage'],
    [`grant create on schema clinical to ${clinical}`, /^schema clinical$/, 'create'],
    [`grant select on store.patients to ${clinical}`, /^table store\.patients$/, 'select'],
    [`grant insert on store.patients to ${clinical}`, /^table store\.patients$/, 'insert'],
    [`grant select (name) on store.patients to ${clinical}`, /^table store\.patients$/, 'select'],
    [`grant truncate on caseload.runs to ${audit}`, /^table caseload\.runs$/, 'truncate'],
    [`grant update (status) on caseload.runs to ${audit}`, /^table caseload\.runs$/, 'update'],
    [`grant select on ${published} to ${clinical}`, /^partition store\.patients_/, 'select'],
    [`grant delete on ${kept} to ${clinical}`, /^partition caseload_kept\.patients_/, 'delete'],
    [`grant select on clinical.current_patients to ${audit}`, /^view clinical\.current_patients$/, 'select'],
    [`grant insert on clinical.current_patients to ${clinical}`, /^view clinical\.current_patients$/, 'insert'],
    [`grant delete on mart.current_patients to ${clinical}`, /^table mart\.current_patients$/, 'delete'],
    [`grant select on caseload.quarantine to ${audit}`, /^view caseload\.quarantine$/, 'select'],
    [
      `grant execute on function caseload.drop_leaves(uuid) to ${audit}`,
      /^function caseload\.drop_leaves\(uuid\)$/,
      'execute',
    ],
    [
      `grant execute on function caseload.is_masked(text) to public`,
      /^function caseload\.is_masked\(text\)$/,
      'execute',
    ],
    [`grant select on caseload.batch_patients to public`, /^table caseload\.batch_patients$/, 'select'],
    [`grant usage on type store.patients to public`, /^type store\.patients$/, 'usage'],
    [
      `grant usage on sequence caseload.quarantine_rows_quarantine_id_seq to ${audit}`,
      /^sequence caseload\.quarantine_rows_quarantine_id_seq$/,
      'usage',
    ],
    [`grant pg_read_all_data to ${audit}`, /^table store\.patients$/, 'select'],
    [`alter role ${clinical} bypassrls`, /^the role itself$/, 'bypassrls'],
    [`alter role ${owner} login`, /^the role itself$/, 'login'],
    [`grant ${owner} to ${clinical}`, /^the role itself$/, `member of ${owner}`],
    [
      `alter default privileges for role ${owner} in schema store grant select on tables to ${clinical}`,
      /^default privileges$/,
      `alter default privileges for role "${owner}" in schema "store" revoke select on tables from "${clinical}"`,
    ],
    [`grant execute on function extra.leak() to ${clinical}`, /^function extra\.leak\(\)$/, 'execute'],
  ]
  t.deepEqual((await prove(url)).findings, [])
  for (const [grant, object, privilege] of sabotage) {
    await rowsOf(url, grant)
    const { findings } = await prove(url)
    const found = findings.filter(
      one => one.kind === 'beyond' && object.test(one.object) && one.privilege === privilege,
    )
    t.true(found.length > 0, `${grant}: ${JSON.stringify(findings.slice(0, 3))}`)
    if (/^(grant .* on (?!function extra)|alter default)/.test(grant)) await heal()
    else await rowsOf(url, undone(grant))
  }
  t.deepEqual((await prove(url)).findings, [])
  await rowsOf(url, `revoke select on clinical.current_patients from ${clinical}`)
  const shown = await call(url, 'prove', 'access', '--json')
  t.is(shown.code, 1)
  t.is((JSON.parse(shown.stdout) as AccessProof).findings.length, 1)
  t.deepEqual((await prove(url)).findings, [
    { role: clinical ?? '', object: 'view clinical.current_patients', privilege: 'select', kind: 'lacks' },
  ])
  await call(url, 'migrate')
  t.deepEqual((await prove(url)).findings, [])
})

/** The statement that takes back what `migrate` does not. */
function undone(grant: string): string {
  if (grant.startsWith('alter role')) return grant.replace(/ (\w+)$/, ' no$1')
  return grant.replace('grant', 'revoke').replace(' to ', ' from ')
}

test.serial('without roles, or as a login that may not take them, the proof says what it needs', async t => {
  const prefix = testPrefix(t, server)
  const { url } = await testDatabase(t)
  const none = await call(url, 'prove', 'access')
  t.is(none.code, 2)
  t.regex(none.stderr, /Expected a database with roles, found none\. To make them: caseload migrate/)
  await call(url, 'migrate', '--roles', prefix)
  const login = await loginUrl(url, prefix, { name: 'l_owner', of: 'owner' })
  const refused = await call(login, 'prove', 'access')
  t.is(refused.code, 2)
  t.regex(refused.stderr, /may not take "\w+_audit", .*grant "\w+_audit", /)
})
