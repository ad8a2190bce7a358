import anyTest, { type TestFn } from 'ava'
import type { Session } from '../../../pipelines/platform/postgres.ts'
import { rowsOf, withSession } from '../../helpers/database.ts'
import { listening } from './listening.ts'
import { give, openWard, seen, type Ward } from './ward.ts'

const test = anyTest as TestFn<Ward>

/** What a login may never read: ids and names of the patients of others. */
let hidden: readonly string[] = []

test.before(async t => {
  const ward = await openWard(['dr', 'nurse', 'nobody'])
  t.context = ward
  await give(ward, 'dr', seen)
  await give(ward, 'nurse', seen.slice(2).concat('P-A-004'))
  await rowsOf(ward.url, 'analyze')
  const found = await rowsOf(
    ward.url,
    `select patient_id as value from mart.current_patients where not (source = 'source_a' and patient_id = any ($1))
     union select name from mart.current_patients
     except select name from mart.current_patients where source = 'source_a' and patient_id = any ($1)`,
    [seen],
  )
  hidden = found.map(row => String(row['value'])).filter(value => value !== 'null')
})

test.after.always(async t => {
  await t.context.close()
})

const leaked = (told: readonly string[]): readonly string[] => {
  const all = told.join('\n')
  return hidden.filter(one => all.includes(one))
}

/** Relations with a name, and with ids alone: a mart, a view of schema mart, and views of schema care. */
const relations: readonly (readonly [relation: string, column: string])[] = [
  ['mart.current_patients', 'name'],
  ['mart.medicine_per_patient', 'name'],
  ['mart.current_visits', 'patient_id'],
  ['care.current_patients', 'name'],
  ['care.current_visits', 'patient_id'],
  ['care.patient_snapshots', 'name'],
  ['care.devices', 'patient_id'],
]

test.serial('a leaky function sees no row of others, as a condition, an operator or an estimate', async t => {
  await listening(t.context.as('dr'), async ({ session, told, try: attempt }) => {
    await session.query(
      `create function pg_temp.leak(text) returns boolean language plpgsql cost 0.0000001 as
       $$ begin raise notice 'leak %', $1; return true; end $$`,
    )
    await session.query(
      `create function pg_temp.leak2(text, text) returns boolean language plpgsql cost 0.0000001 as
       $$ begin raise notice 'leak % %', $1, $2; return $1 < $2; end $$`,
    )
    for (const [sign, estimate] of [
      ['===', 'eqsel'],
      ['<<<', 'scalarltsel'],
    ] as const)
      await session.query(
        `create operator pg_temp.${sign} (leftarg = text, rightarg = text, function = pg_temp.leak2, restrict = ${estimate})`,
      )
    for (const [relation, column] of relations) {
      await attempt(`select from ${relation} where pg_temp.leak(${column})`)
      await attempt(`select from ${relation} where ${column} operator(pg_temp.===) 'x'`)
      await attempt(`explain select from ${relation} where ${column} operator(pg_temp.===) 'x'`)
      await attempt(`explain select from ${relation} where ${column} operator(pg_temp.<<<) 'x'`)
      await attempt(`select case when pg_temp.leak(${column}) then 1 end from ${relation}`)
    }
    t.true(
      told.some(one => one.includes('leak Avery Sample')),
      'her own rows reach the function',
    )
    t.deepEqual(leaked(told), [])
  })
})

test.serial('an error that depends on a hidden row does not happen', async t => {
  const [other = ''] = hidden
  await listening(t.context.as('dr'), async ({ told, try: attempt }) => {
    for (const [relation, column] of relations) {
      await attempt(`select from ${relation} where 1 / (case when patient_id = '${other}' then 0 else 1 end) = 1`)
      t.false(
        told.some(one => one.includes('division by zero')),
        relation,
      )
      await attempt(`select from ${relation} where ${column}::integer = 1`)
      await attempt(`select from ${relation} where (${column} || ' ')::date is null`)
      await attempt(`select from ${relation} where ('{"' || ${column})::json is null`)
    }
    t.true(told.some(one => one.includes('invalid input syntax')))
    t.deepEqual(leaked(told), [])
  })
  await listening(t.context.as('nobody'), async ({ told, try: attempt }) => {
    for (const [relation, column] of relations) await attempt(`select from ${relation} where ${column}::integer = 1`)
    t.deepEqual(
      told.filter(one => one.includes('invalid input')),
      [],
    )
  })
})

test.serial('EXPLAIN shows no value, and statistics are closed', async t => {
  await listening(t.context.as('dr'), async ({ session, told, try: attempt }) => {
    for (const [relation] of relations) {
      await attempt(`explain (analyze, verbose, costs off, timing off) select * from ${relation}`)
      await attempt(`explain (verbose) select * from ${relation} where patient_id < 'P-A-9'`)
    }
    t.true(told.some(one => one.includes('care_patients')))
    t.deepEqual(leaked(told), [])
    const statistics = await session.query(
      `select from pg_stats where schemaname in ('store', 'clinical', 'care', 'mart')
       union all select from pg_stats_ext where schemaname in ('store', 'clinical', 'care', 'mart')`,
    )
    t.is(statistics.rowCount, 0)
    await t.throwsAsync(session.query('select from pg_statistic'), { message: /permission denied/ })
  })
})

test.serial('nothing below the views and marts can be named, and no function can be called', async t => {
  const { url, as } = t.context
  const leaves = await rowsOf(
    url,
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
     where n.nspname in ('store', 'caseload_stage', 'caseload_kept') and c.relkind in ('r', 'p') and c.relname like 'patients%'`,
  )
  t.true(leaves.length > 2)
  await withSession(as('dr'), async session => {
    for (const statement of [
      ...leaves.map(row => `select from ${String(row['name'])}`),
      'select from clinical.current_patients',
      'select from caseload.care_team',
      'select caseload.care_patients()',
      `select caseload.care_entries('all')`,
      `select caseload.add_care('x', 'all', null, null, null, null)`,
      'select from caseload.batch_patients',
      'delete from mart.current_patients',
      'alter table mart.current_patients disable row level security',
      'drop policy care_others on mart.current_patients',
      'create policy mine on mart.current_patients using (true)',
      'analyze mart.current_patients',
      `copy mart.current_patients to '/nowhere/patients'`,
      `copy mart.current_patients to program 'cat'`,
      'select from mart.current_patients for update',
      'create index on mart.current_patients (name)',
    ])
      await t.notThrowsAsync(
        session.query(statement).then(
          ({ rowCount }) => {
            // ANALYZE of a table of another owner is skipped with a warning.
            if (!statement.startsWith('analyze')) throw new Error(`${statement} was allowed (${rowCount ?? 0} rows)`)
          },
          (error: unknown) => {
            if (!/permission denied|must be owner|row-level security|have privileges of/.test(String(error)))
              throw error
          },
        ),
        statement,
      )
  })
})

test.serial('row_security off is an error, and other ways of reading are filtered, too', async t => {
  const { as } = t.context
  await withSession(as('dr'), async session => {
    for (const query of [
      'select from mart.current_patients tablesample system (100)',
      'select from only mart.current_patients',
      `select from mart.current_patients where ctid >= '(0,0)'`,
      'select from mart.current_patients as p where p::text is not null',
      'with p as materialized (select * from mart.current_patients) select from p',
      'table mart.current_patients',
    ])
      t.is((await session.query(query)).rowCount, seen.length, query)
    await session.query('create temp table mine as select * from mart.current_patients')
    t.is((await session.query('table mine')).rowCount, seen.length)
    const [most] = (await session.query<{ id: string }>('select max(patient_id) as id from mart.current_patients')).rows
    t.is(most?.id, seen.at(-1))
    await session.query('set row_security = off')
    await t.throwsAsync(session.query('select from mart.current_patients'), { message: /row-level security policy/ })
    await t.throwsAsync(session.query('select from mart.current_visits'), { message: /row-level security policy/ })
    t.is((await session.query('select from care.current_patients')).rowCount, seen.length)
  })
})

const idsQuery = 'select array_to_json(array(select patient_id from mart.current_patients order by 1)) as ids'

async function idsOf(session: Session, text = idsQuery): Promise<readonly string[]> {
  return (await session.query<{ ids: readonly string[] }>(text)).rows[0]?.ids ?? []
}

test.serial('a prepared plan, a cursor and a function follow the role of the session', async t => {
  const { url, prefix, as } = t.context
  const tool = `${prefix}_tool`
  await rowsOf(
    url,
    `create role ${tool} login noinherit; grant ${prefix}_dr, ${prefix}_nurse, ${prefix}_clinical to ${tool}`,
  )
  const others = [seen[2] ?? '', 'P-A-004']
  await withSession(as('dr').replaceAll(`${prefix}_dr`, tool), async session => {
    await t.throwsAsync(session.query(idsQuery), { message: /permission denied/ })
    await session.query(`set role ${prefix}_dr`)
    await session.query(`prepare plan as ${idsQuery}`)
    for (let turn = 0; turn < 7; turn++) t.deepEqual(await idsOf(session, 'execute plan'), seen)
    await session.query(`set role ${prefix}_nurse`)
    t.deepEqual(await idsOf(session, 'execute plan'), others)
    t.deepEqual(await idsOf(session), others)
    await session.query(`set role ${prefix}_clinical`)
    t.true((await idsOf(session, 'execute plan')).length > 20)
    await session.query(`set role ${prefix}_dr`)
    t.deepEqual(await idsOf(session, 'execute plan'), seen)
    // What a role may see is found out at the first row, and stays with the cursor.
    await session.query('begin')
    await session.query('declare begun cursor with hold for select patient_id from mart.current_patients order by 1')
    await session.query('declare fresh cursor for select patient_id from mart.current_patients order by 1')
    const first = await session.query<{ patient_id: string }>('fetch 1 from begun')
    await session.query(`set local role ${prefix}_nurse`)
    const rest = await session.query<{ patient_id: string }>('fetch all from begun')
    t.deepEqual(
      [...first.rows, ...rest.rows].map(row => row.patient_id),
      seen,
    )
    const late = await session.query<{ patient_id: string }>('fetch all from fresh')
    t.deepEqual(
      late.rows.map(row => row.patient_id),
      others,
    )
    await session.query('commit')
    await session.query('reset role')
    await t.throwsAsync(session.query('execute plan'), { message: /permission denied/ })
  })
})

test.serial('objects of users show each reader the rows of the reader', async t => {
  const { url, prefix, as } = t.context
  await rowsOf(url, `create schema ${prefix}_own authorization ${prefix}_dr`)
  const own = `${prefix}_own`
  await withSession(as('dr'), async session => {
    for (const statement of [
      `create view ${own}.plain as select * from mart.current_patients`,
      `create view ${own}.live as select * from care.current_patients`,
      `create view ${own}.invoker with (security_invoker = true) as select * from mart.current_patients`,
      `create function ${own}.of_owner() returns setof text language sql security definer as 'select patient_id from mart.current_patients'`,
      `create function ${own}.care_sees_all() returns boolean language sql as 'select true'`,
      `create function ${own}.care_patients() returns table (source text, patient_id text) language sql as
       $$ select source, patient_id from mart.current_patients $$`,
      `create function ${own}.equal(text, text) returns boolean language sql as 'select true'`,
      `create operator ${own}.= (leftarg = text, rightarg = text, function = ${own}.equal)`,
      `create function ${own}.pg_has_role(name, oid, text) returns boolean language sql as 'select true'`,
      `create function ${own}.statement_timestamp() returns timestamptz language sql as $$ select '2000-01-01'::timestamptz $$`,
      `grant usage on schema ${own} to public`,
      `grant select on all tables in schema ${own} to public`,
    ])
      await session.query(statement)
    // A hostile schema first in the path.
    await session.query(`set search_path = ${own}, pg_catalog, mart, care`)
    t.deepEqual(await idsOf(session), seen)
    t.is((await session.query('select from care.current_patients')).rowCount, seen.length)
  })
  await withSession(as('nobody'), async session => {
    for (const name of ['plain', 'live', 'invoker'])
      t.is((await session.query(`select from ${own}.${name}`)).rowCount, 0)
    t.is((await session.query(`select ${own}.of_owner()`)).rowCount, 0)
  })
  await withSession(as('nurse'), async session => {
    const found = await session.query<{ id: string }>(`select ${own}.of_owner() as id`)
    t.deepEqual(found.rows.map(row => row.id).sort(), [seen[2], 'P-A-004'])
  })
})
