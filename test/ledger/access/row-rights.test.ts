import anyTest, { type TestFn } from 'ava'
import { openAsOwner } from '../../../pipelines/embedded/target.ts'
import { proveAccess } from '../../../pipelines/ledger/access/prove-access.ts'
import { rowsOf, withSession } from '../../helpers/database.ts'
import { callMain } from '../../helpers/in-process.ts'
import { sampleData } from '../../helpers/samples.ts'
import { loginUrl } from './roles.ts'
import { rowHoles } from './row-holes.ts'
import { countAs, give, openWard, seen, shownRelations, type Ward } from './ward.ts'

const test = anyTest as TestFn<Ward>
const logins = ['dr', 'nurse', 'nobody', 'admin', 'chief', 'developer', 'patient', 'porter']

test.before(async t => {
  t.context = await openWard(logins)
  await give(t.context, 'dr', seen)
})

test.after.always(async t => {
  await t.context.close()
})

/** Every pair of source and patient that a login finds in a relation, sorted. */
async function pairsIn(url: string, relation: string): Promise<readonly string[]> {
  const found = await rowsOf(url, `select distinct source || ' ' || patient_id as pair from ${relation} order by 1`)
  return found.map(row => String(row['pair']))
}

test.serial('a clinician sees the rows of her patients, all of them, in every view and mart', async t => {
  const { url, as } = t.context
  const hers = seen.map(id => `source_a ${id}`)
  let shown = 0
  for (const { identity, columns } of await shownRelations(t.context)) {
    if (!columns.includes('patient_id') || !columns.includes('source')) {
      t.is(await countAs(as('dr'), identity), 0, identity)
      continue
    }
    t.deepEqual(
      (await pairsIn(as('dr'), identity)).filter(pair => !hers.includes(pair)),
      [],
      identity,
    )
    if (identity === 'care.devices') continue
    const rows = await rowsOf(
      url,
      `select count(*)::integer as rows from ${identity} where source = 'source_a' and patient_id = any ($1)`,
      [seen],
    )
    shown += Number(rows[0]?.['rows'])
    t.is(await countAs(as('dr'), identity), Number(rows[0]?.['rows']), identity)
  }
  t.true(shown > 50)
  t.deepEqual(await pairsIn(as('dr'), 'mart.current_patients'), hers)
  t.deepEqual(await pairsIn(as('dr'), 'care.current_patients'), hers)
})

test.serial('a login without an entry sees no patient, and every login sees how fresh the marts are', async t => {
  const { url, as } = t.context
  for (const { identity } of await shownRelations(t.context)) t.is(await countAs(as('nobody'), identity), 0, identity)
  for (const open of ['mart.freshness', 'care.source_freshness'])
    t.is(await countAs(as('nobody'), open), await countAs(url, open.replace('care.', 'clinical.')), open)
  await withSession(as('nobody'), async session => {
    for (const closed of ['clinical.current_patients', 'store.patients', 'caseload.care_team', 'caseload.runs'])
      await t.throwsAsync(session.query(`select from ${closed}`), { message: /permission denied/ }, closed)
  })
})

test.serial('role data say what a linked user sees: all, devices, or itself', async t => {
  const { url, prefix, as, call } = t.context
  const link = async (login: string, user: string): Promise<void> => {
    const done = await call('care', 'add', `${prefix}_${login}`, '--source', 'home_monitoring', '--user', user)
    t.is(done.code, 0, done.stderr)
  }
  await link('admin', 'U-004')
  await link('developer', 'U-005')
  await link('patient', 'U-001')
  await link('porter', 'U-003')
  for (const { identity } of (await shownRelations(t.context)).filter(one => one.identity !== 'care.devices')) {
    // The views of schema care have the same condition, and take longer.
    if (identity.startsWith('mart.')) t.is(await countAs(as('admin'), identity), await countAs(url, identity), identity)
    if (identity.startsWith('mart.')) t.is(await countAs(as('porter'), identity), 0, identity)
    t.is(await countAs(as('developer'), identity), 0, identity)
  }
  t.is(await countAs(as('admin'), 'care.person_deaths'), await countAs(url, 'clinical.person_deaths'))
  t.deepEqual(await pairsIn(as('patient'), 'mart.current_patients'), ['home_monitoring U-001'])
  const devices = `select device_id, patient_id from care.devices order by 1`
  t.deepEqual(await rowsOf(as('developer'), devices), [
    { device_id: 'D-001', patient_id: null },
    { device_id: 'D-003', patient_id: null },
  ])
  t.deepEqual(await rowsOf(as('admin'), devices), [
    { device_id: 'D-001', patient_id: 'U-007' },
    { device_id: 'D-003', patient_id: null },
  ])
  t.deepEqual(await rowsOf(as('dr'), devices), [])
})

test.serial('an entry holds for a group, a source, a facility and between its moments', async t => {
  const { url, prefix, as, call } = t.context
  const ward = `${prefix}_ward`
  await rowsOf(url, `create role ${ward}; grant ${ward} to ${prefix}_nurse`)
  const add = (...words: readonly string[]): ReturnType<typeof call> => call('care', 'add', ...words)
  const patients = 'mart.current_patients'
  t.is((await add(ward, '--source', 'source_a', '--to', '2020-01-01')).code, 2)
  t.is((await add(ward, '--source', 'source_a', '--from', '2999-01-01')).code, 0)
  t.is(await countAs(as('nurse'), patients), 0)
  await rowsOf(
    url,
    `update caseload.care_team set starts_at = '2020-01-01', ends_at = now() - interval '1 minute' where member = $1`,
    [ward],
  )
  t.is(await countAs(as('nurse'), patients), 0)
  const added = await add(ward, '--source', 'source_a', '--json')
  t.is(added.code, 0, added.stderr)
  const [entry] = JSON.parse(added.stdout) as readonly number[]
  const all = await rowsOf(url, `select count(*)::integer as rows from ${patients} where source = 'source_a'`)
  t.is(await countAs(as('nurse'), patients), Number(all[0]?.['rows']))
  t.is((await call('care', 'end', String(entry))).code, 0)
  t.is(await countAs(as('nurse'), patients), 0)
  t.regex((await call('care', 'end', String(entry))).stderr, /Expected entries that hold, found \d+ absent or ended/)
  t.is((await add(`${prefix}_chief`, '--all')).code, 0)
  t.is(await countAs(as('chief'), patients), await countAs(url, patients))
  // A facility: the sample has none, so one patient gets one.
  await rowsOf(url, `update mart.latest_visits set facility = 'North' where patient_id = 'P-A-005'`)
  t.is((await add(`${prefix}_nurse`, '--source', 'source_a', '--facility', 'North')).code, 0)
  t.deepEqual(await pairsIn(as('nurse'), patients), ['source_a P-A-005'])
  await rowsOf(url, `update mart.latest_visits set facility = null where facility = 'North'`)
  t.is(await countAs(as('nurse'), patients), 0)
})

test.serial('the commands say what is wrong, and what there is', async t => {
  const { prefix, call } = t.context
  const refused = async (words: readonly string[], said: RegExp): Promise<void> => {
    const done = await call('care', ...words)
    t.is(done.code, 2, words.join(' '))
    t.regex(done.stderr, said, words.join(' '))
  }
  await refused(['add', 'no_such_login', '--all'], /Expected a login or a group of this server, found no role/)
  await refused(['add', `${prefix}_care`, '--all'], /found a role of Caseload: all its members would see the rows/)
  await refused(['add', `${prefix}_dr`, '--source', 'none'], /Expected a source that has run in this database/)
  await refused(['add', `${prefix}_dr`], /Expected --all, or --source/)
  await refused(['add', `${prefix}_dr`, '--all', '--devices'], /Expected --all, or --source/)
  await refused(['add', `${prefix}_dr`, '--all', '--from', 'soon'], /Expected a day such as/)
  await refused(['add', `${prefix}_dr`, '--source', 'source_a', '--patients', 'none.txt'], /could not read none\.txt/)
  await refused(['end', 'x'], /Expected numbers of entries, found x/)
  const shown = await call('care', 'ls', `${prefix}_dr`, '--json')
  t.deepEqual(
    (JSON.parse(shown.stdout) as readonly { id: string; state: string }[]).map(({ id, state }) => [id, state]),
    seen.map(id => [id, 'holds']),
  )
  t.regex((await call('care', 'ls')).stdout, /P-A-001/)
  t.regex((await call('care', 'status')).stdout, /Row rights are on: \d+ logins of \w+_care read 47 views and 18 marts/)
})

test.serial('row rights stay over whatever makes views and marts again, and a refresh is not filtered', async t => {
  const { url, prefix, as, call } = t.context
  const loader = await loginUrl(url, prefix, { name: 'loader1', of: 'loader' })
  const asLoader = (...words: readonly string[]): ReturnType<typeof call> =>
    callMain(words, { DATABASE_URL: loader, CASELOAD_LANDING: sampleData, CASELOAD_QUIET: 'true' })
  const holds = async (after: string): Promise<void> => {
    t.deepEqual(
      await pairsIn(as('dr'), 'mart.current_patients'),
      seen.map(id => `source_a ${id}`),
      after,
    )
    for (const mart of ['current_patients', 'current_visits', 'medicine_per_patient']) {
      t.is(await countAs(as('nobody'), `mart.${mart}`), 0, `${after}: ${mart}`)
      t.is(await countAs(url, `mart.${mart}`), await countAs(url, `clinical.${mart}`), `${after}: ${mart}`)
    }
    t.is(await countAs(as('nobody'), 'care.current_visits'), 0, after)
  }
  const change = async (sql: string): Promise<void> => {
    await withSession(url, async session => {
      await session.query(`set role ${prefix}_owner`)
      await session.query(sql)
    })
  }
  const steps: readonly (readonly [string, () => Promise<{ code: number | null; stderr: string } | undefined>])[] = [
    ['a run of a loader', () => asLoader('run', 'source_a', '20230502')],
    ['unpublish', () => call('unpublish', 'source_a', '20230502', '--reason', 'test')],
    ['rebuild', () => call('marts', 'rebuild')],
    [
      'a mart that got a column',
      async () => {
        await change(
          `drop view care.medicine_per_patient;
           alter view clinical.medicine_per_patient rename column last_prescribed to newest_prescribed`,
        )
        return call('marts', 'refresh')
      },
    ],
    ['views', () => call('views')],
    ['a refresh', () => call('marts', 'refresh')],
    ['migrate', () => call('migrate')],
    ['drop', () => call('marts', 'drop', '--yes')],
    ['a second rebuild', () => call('marts', 'rebuild')],
  ]
  for (const [name, act] of steps) {
    const done = await act()
    t.is(done?.code ?? 0, 0, `${name}: ${done?.stderr ?? ''}`)
    if (!['drop', 'unpublish', 'views', 'a refresh'].includes(name)) await holds(name)
  }
  const session = await openAsOwner(url, 'caseload test')
  try {
    t.deepEqual((await proveAccess(session)).findings, [])
    await rowsOf(url, 'alter table mart.current_patients disable row level security')
    await rowsOf(url, 'create or replace view care.current_visits as select * from clinical.current_visits')
    const found = (await proveAccess(session)).findings.map(one => `${one.object}: ${one.privilege}`)
    t.true(found.includes('table mart.current_patients: select'))
    t.true(found.includes('table mart.current_patients: sees rows without a care team'))
    t.true(found.includes('view care.current_visits: another definition than that of row rights'))
    t.false(found.some(one => one.startsWith('view care.current_patients')))
    await rowsOf(
      url,
      `insert into caseload.care_team (member, sees, starts_at, added_by) values ($1, 'all', now(), 'test')`,
      [`${prefix}_care`],
    )
    const open = (await proveAccess(session)).findings.map(one => `${one.object}: ${one.privilege}`)
    t.true(open.includes('view care.current_patients: sees rows without a care team'))
    await rowsOf(url, 'delete from caseload.care_team where member = $1', [`${prefix}_care`])
  } finally {
    await session.end()
  }
  t.is((await call('care', 'on')).code, 0)
})

test.serial('doctor names each hole in row rights', async t => {
  const { url, prefix, call } = t.context
  for (const [make, said, undo] of rowHoles(prefix)) {
    t.notRegex((await call('doctor')).stdout, said, make)
    await rowsOf(url, make)
    t.regex((await call('doctor')).stdout, said, make)
    await rowsOf(url, undo)
  }
})

test.serial('what would take a view from a reader is refused, and off takes everything from the role', async t => {
  const { url, prefix, as, call } = t.context
  const off = await call('care', 'off')
  t.is(off.code, 0, off.stderr)
  await withSession(as('dr'), async session => {
    await t.throwsAsync(session.query('select from mart.current_patients'), { message: /permission denied/ })
    await t.throwsAsync(session.query('select from care.current_patients'), { message: /does not exist/ })
  })
  await rowsOf(
    url,
    `create role ${prefix}_bi login; grant usage on schema mart to ${prefix}_bi; grant select on mart.current_visits to ${prefix}_bi`,
  )
  const bi = new URL(as('dr').replaceAll(`${prefix}_dr`, `${prefix}_bi`)).href
  const before = await countAs(bi, 'mart.current_visits')
  t.true(before > 0)
  const refused = await call('care', 'on')
  t.is(refused.code, 2)
  t.regex(
    refused.stderr,
    /zt_\w+_bi may not\. Nothing was changed\. To go on: grant select on mart\.latest_visits to zt_\w+_bi/,
  )
  await rowsOf(url, `grant select on mart.latest_visits to ${prefix}_bi`)
  t.is((await call('care', 'on')).code, 0)
  // A reader without a role of Caseload keeps every row.
  t.is(await countAs(bi, 'mart.current_visits'), before)
  t.deepEqual(
    await pairsIn(as('dr'), 'mart.current_patients'),
    seen.map(id => `source_a ${id}`),
  )
})
