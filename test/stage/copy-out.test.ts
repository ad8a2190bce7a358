import { setImmediate as turn } from 'node:timers/promises'
import test from 'ava'
import { copyOut } from '../../pipelines/stage/copy/copy-out.ts'
import { connect } from '../../pipelines/platform/postgres.ts'
import { errorCode, isConnectionLost } from '../../pipelines/platform/server-error.ts'
import { rowsOf, testDatabase, withSession } from '../helpers/database.ts'

const numbers = (last: number, expression = `n || repeat('x', n % 300)`): string =>
  `copy (select ${expression} from generate_series(1, ${last}) as n) to stdout`

test('every row comes, in order, also where chunks are taken slowly; then the session is free again', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    const copied = copyOut(session, numbers(50_000))
    const taken: Uint8Array[] = []
    for await (const chunk of copied.chunks) {
      for (let turns = 0; turns < 50; turns++) await turn()
      taken.push(chunk)
    }
    const expected = Array.from({ length: 50_000 }, (_, n) => `${n + 1}${'x'.repeat((n + 1) % 300)}\n`).join('')
    t.true(Buffer.concat(taken).toString() === expected)
    t.is(copied.rows(), 50_000)
    t.true(taken.length < 200, `${taken.length} chunks`)
    t.deepEqual((await session.query('select 1 as one')).rows, [{ one: 1 }])
  })
})

test('a value longer than a chunk comes whole, and no rows come as no rows', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    let bytes = 0
    for await (const chunk of copyOut(session, numbers(3, `repeat('y', 1000000)`)).chunks) bytes += chunk.byteLength
    t.is(bytes, 3 * 1_000_001)
    const none = copyOut(session, numbers(0))
    for await (const chunk of none.chunks) t.fail(String(chunk.byteLength))
    t.is(none.rows(), 0)
  })
})

test('an error on the way is thrown to whoever takes the chunks', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    const read = async (statement: string): Promise<void> => {
      for await (const chunk of copyOut(session, statement).chunks) t.true(chunk.byteLength > 0)
    }
    t.is(errorCode(await t.throwsAsync(read('copy nothing.of_this_name to stdout'))), '3F000')
    t.is(errorCode(await t.throwsAsync(read(numbers(100_000, '1 / (n - 90000)')))), '22012')
    t.deepEqual((await session.query('select 1 as one')).rows, [{ one: 1 }])
  })
})

test('a connection that breaks is an error, and who stops early can end the session', async t => {
  const { url } = await testDatabase(t)
  const lost = await connect({ url, applicationName: 'caseload test lost' })
  const broken = async (): Promise<void> => {
    for await (const chunk of copyOut(lost, numbers(5_000_000)).chunks) {
      t.true(chunk.byteLength > 0)
      await rowsOf(
        url,
        `select pg_terminate_backend(pid) from pg_catalog.pg_stat_activity where application_name = 'caseload test lost'`,
      )
    }
  }
  t.true(isConnectionLost(await t.throwsAsync(broken())))
  await lost.end()

  const early = await connect({ url, applicationName: 'caseload test early' })
  for await (const chunk of copyOut(early, numbers(5_000_000)).chunks) {
    t.true(chunk.byteLength > 0)
    break
  }
  await early.end()
})
