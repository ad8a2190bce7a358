import test from 'ava'
import { testDatabase } from '../helpers/database.ts'
import { gaveWay, looksForDeadlock, spareScene } from './spared-readers.ts'

test('a reader who has queued up behind a publish for long is not the victim of a deadlock', async t => {
  t.timeout(60_000)
  const { url } = await testDatabase(t)
  const { reader, publish, other, first, second, read, lockBoth, untilLocked } = await spareScene(t, url)
  for (const session of [reader, publish]) await looksForDeadlock(session, '6s')
  await other.query('begin')
  await read(other, first)
  await read(reader, second)
  const locked = lockBoth()
  await untilLocked(publish, first, false)
  // Queues up behind the publish. Once that has its first lock, each has what the other wants, and the reader has waited the longer.
  const answer = read(reader, first)
  await untilLocked(reader, first, false)
  await other.query('commit')
  t.is(await locked, gaveWay)
  await publish.query('rollback')
  await t.notThrowsAsync(answer)
})
