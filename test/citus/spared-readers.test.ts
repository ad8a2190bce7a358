import test from 'ava'
import { testDatabase } from '../helpers/database.ts'
import { gaveWay, looksForDeadlock, spareScene } from '../publish/spared-readers.ts'

test('a publish that holds a table never queues up for another, so that no reader closes a circle', async t => {
  t.timeout(60_000)
  const { url } = await testDatabase(t)
  const { reader, publish, first, second, read, lockBoth, untilLocked } = await spareScene(t, url)
  await looksForDeadlock(publish, '6s')
  // As soon as Citus, which looks every two seconds, and may do so at any moment.
  await looksForDeadlock(reader, '10ms')
  await read(reader, second)
  const locked = lockBoth()
  await untilLocked(publish, first, true)
  const answer = read(reader, first)
  t.is(await locked, gaveWay)
  await publish.query('rollback')
  await t.notThrowsAsync(answer)
})
