import test from 'ava'
import fc from 'fast-check'
import { UsageError } from '../../../pipelines/platform/errors.ts'
import { type ClockOf, compareZone, engineClock, serverClock } from '../../../pipelines/check/zones/compare-rules.ts'
import { zoneNames } from '../../../pipelines/contract/zone-name.ts'
import { testDatabase, withSession } from '../../helpers/database.ts'
import { testEngine } from '../../helpers/engine.ts'

const asked = ['Africa/Casablanca', 'America/Vancouver', 'Antarctica/Troll', 'Australia/Lord_Howe', 'Europe/Dublin']

const moments = fc.sample(fc.integer({ min: Date.UTC(1850, 0, 2) / 1000, max: Date.UTC(2099, 11, 31) / 1000 }), {
  numRuns: 500,
  seed: 11,
})

/** The distance to UTC at each moment, asked directly. */
const directly = (zone: string): string =>
  `select date_part('epoch', timezone('${zone}', to_timestamp(m::float8))) - m as ahead from (values ${moments
    .map(moment => `(${moment}::bigint)`)
    .join(', ')}) as v (m)`

async function byChanges(clock: ClockOf, zone: string): Promise<readonly (number | undefined)[]> {
  const changes = (await clock(zone)) ?? []
  return moments.map(moment => changes.filter(change => change.moment <= moment).at(-1)?.ahead)
}

test('the changes of a clock say of any moment what the program itself says, DuckDB and PostgreSQL', async t => {
  const { url } = await testDatabase(t, 'empty')
  const duckdb = await testEngine(t)
  await withSession(url, async session => {
    for (const zone of asked) {
      const ours = await duckdb.rows(directly(zone))
      t.deepEqual(
        await byChanges(engineClock(duckdb), zone),
        ours.map(row => Number(row['ahead'])),
        zone,
      )
      const theirs = (await session.query<{ ahead: string }>(directly(zone))).rows
      t.deepEqual(
        await byChanges(serverClock(session), zone),
        theirs.map(row => Number(row.ahead)),
        zone,
      )
    }
  })
})

test('a zone that one of them does not know is said to be unknown to it', async t => {
  const { url } = await testDatabase(t, 'empty')
  const duckdb = await testEngine(t)
  await withSession(url, async session => {
    const [ours, theirs] = [engineClock(duckdb), serverClock(session)]
    t.is(await ours('Mars/Olympus'), undefined)
    t.is(await theirs('Mars/Olympus'), undefined)
    const lost: ClockOf = () => Promise.resolve(undefined)
    const refused = (message: RegExp): object => ({ instanceOf: UsageError, message })
    await t.throwsAsync(
      compareZone('Asia/Tokyo', ours, lost),
      refused(/^PostgreSQL does not know the zone Asia\/Tokyo/),
    )
    await t.throwsAsync(compareZone('Asia/Tokyo', lost, theirs), refused(/^DuckDB does not know the zone Asia\/Tokyo/))
    t.deepEqual(await compareZone('UTC', lost, lost), [])
  })
})

test('every name of the list is known to DuckDB, and the names that only ICU has are not in it', async t => {
  const duckdb = await testEngine(t)
  const rows = await duckdb.rows('select distinct name from pg_timezone_names()')
  const known = new Set(rows.map(row => String(row['name'])))
  t.deepEqual(
    [...zoneNames].filter(name => !known.has(name)),
    [],
  )
  for (const name of ['US/Eastern', 'EST5EDT', 'Etc/GMT-2', 'PRC', 'UTC']) t.true(zoneNames.has(name), name)
  for (const name of ['BST', 'IST', 'SystemV/PST8', 'US/Pacific-New', 'Factory']) t.false(zoneNames.has(name), name)
})
