import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { caseload, root } from '../../helpers/cli.ts'
import { rowsOf, testDatabase, withSession } from '../../helpers/database.ts'
import { sampleData } from '../../helpers/samples.ts'

test('every function of our schemas fixes its search_path, or was parsed when it was made', async t => {
  const { url } = await testDatabase(t)
  const found = await rowsOf(
    url,
    `select p.oid::regprocedure::text as name, to_json(p.proconfig) as settings, p.prosqlbody is not null as is_parsed
     from pg_catalog.pg_proc as p
     where p.pronamespace::regnamespace::text in ('store', 'clinical', 'caseload', 'caseload_stage', 'caseload_kept')`,
  )
  t.true(found.length >= 28)
  for (const { name, settings, is_parsed: isParsed } of found) {
    // PostgreSQL inlines such a function only without a setting.
    if (isParsed === true) t.is(settings, null, String(name))
    else t.deepEqual(settings, ['search_path=pg_catalog, pg_temp'], String(name))
  }
})

/** What our code hands to a server most of the time. */
function ourSql(): string {
  const files = ['sql/functions', 'sql/statements', 'sql/migrations'].flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(file => join(root, folder, file)),
  )
  return files
    .filter(file => /\.sql$/.test(file))
    .map(file => readFileSync(file, 'utf8'))
    .join('\n')
}

/**
 * $1 the text of our SQL, $2 a schema. For every built-in function that the text calls, functions of its name that match more
 * closely what it may be called with; operators, types and relations beside them. Whichever is called leaves a trace that no
 * rollback removes.
 */
const traps = `
do $trap$
declare
  builtin record;
  arguments text;
begin
  for builtin in
    select distinct p.proname as name
    from pg_catalog.pg_proc as p
    where p.pronamespace = 'pg_catalog'::regnamespace
      and current_setting('trap.text') ~ ('\\m' || p.proname || '\\(')
      and p.proname ~ '^[a-z][a-z0-9_]+$'
  loop
    foreach arguments in array array[
      'text', 'varchar', 'bigint', 'date', 'uuid', 'name', 'text[]', 'text, text', 'text, integer', 'text, bigint',
      'text, text, boolean', 'oid, text', 'name, oid, text'
    ] loop
      execute format(
        'create function %I.%I(%s) returns text language plpgsql as $f$ begin perform nextval(''public.caught''); return null; end $f$',
        current_setting('trap.schema'), builtin.name, arguments
      );
    end loop;
  end loop;
  foreach arguments in array array['text, date', 'varchar, varchar', 'name, varchar', 'text, bigint', 'text, integer', 'oid, text'] loop
    execute format(
      'create function %1$I.trap(%2$s) returns boolean language plpgsql as $f$ begin perform nextval(''public.caught''); return null; end $f$',
      current_setting('trap.schema'), arguments
    );
    execute format(
      'create operator %1$I.= (function = %1$I.trap, leftarg = %2$s, rightarg = %3$s)',
      current_setting('trap.schema'), split_part(arguments, ', ', 1), split_part(arguments, ', ', 2)
    );
    execute format(
      'create operator %1$I.|| (function = %1$I.trap, leftarg = %2$s, rightarg = %3$s)',
      current_setting('trap.schema'), split_part(arguments, ', ', 1), split_part(arguments, ', ', 2)
    );
  end loop;
  foreach arguments in array array['text', 'date', 'uuid', 'int4', 'regclass', 'timestamptz'] loop
    execute format('create domain %I.%I as "char"', current_setting('trap.schema'), arguments);
  end loop;
  foreach arguments in array array['runs', 'tables', 'files', 'patients', 'visits', 'range_leaves', 'pg_class'] loop
    execute format('create view %I.%I as select nextval(''public.caught'') as run_id', current_setting('trap.schema'), arguments);
  end loop;
end
$trap$`

test('what others create in clinical and public is never called by the sessions of our commands', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    const [{ role } = { role: '' }] = (
      await session.query<{ role: string }>(`select 'trapper_' || substr(current_database(), 15) as role`)
    ).rows
    t.teardown(() => withSession(url, one => one.query(`drop owned by ${role} cascade; drop role ${role}`)))
    await session.query(`create role ${role}; grant create, usage on schema clinical, public to ${role};
      create sequence public.caught; grant all on sequence public.caught to public; grant usage on schema public to public`)
    await session.query(`select set_config('trap.text', $1, false)`, [ourSql()])
    await session.query(`set role ${role}`)
    for (const schema of ['clinical', 'public']) {
      await session.query(`select set_config('trap.schema', $1, false)`, [schema])
      await session.query(traps)
    }
    await session.query('reset role')
    // What is there is made again by the first of the commands.
    await session.query(`update caseload.schema_state set fingerprint = ''; drop view clinical.readmission_summary`)
  })
  const day = ['source_a', '2023-05-01']
  const calls = [
    ['run', ...day],
    ['run', ...day],
    ['rollback', ...day],
    ['compact', 'source_a', '--before', '2023-06-01'],
    ['views'],
    ['check', ...day],
    ['gc', '--keep', '0'],
  ]
  for (const call of calls) {
    const done = await caseload([...call, '--landing', sampleData], { url })
    t.is(done.code, 0, `${call.join(' ')}: ${done.stderr}`)
  }
  const asked = await caseload(['sql', '--csv', `select lower('A') as a, count(patient_id) as n from patients`], {
    url,
  })
  t.is(asked.code, 0, asked.stderr)
  t.regex(asked.stdout, /^a,n\na,[1-9]/)
  t.regex(asked.stderr, /trapper_\w+ may create in clinical: write names in it with their schema/)
  const findings = JSON.parse((await caseload(['doctor', '--json'], { url })).stdout) as {
    check: string
    found: string
  }[]
  t.regex(
    findings
      .filter(({ check }) => check === 'rights')
      .map(({ found }) => found)
      .join(),
    /trapper_\w+ may create/,
  )
  t.deepEqual(await rowsOf(url, 'select is_called from public.caught'), [{ is_called: false }])
})
