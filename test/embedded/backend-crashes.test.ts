import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { findServerPaths } from '../../pipelines/embedded/paths.ts'
import { ensureServer, stopServer } from '../../pipelines/embedded/server.ts'
import { backendOf, connect } from '../../pipelines/platform/postgres.ts'
import { errorCode } from '../../pipelines/platform/server-error.ts'
import { makeScratch } from './scratch.ts'

const name = 'caseload test'

const { home, remove } = makeScratch()
test.after.always(remove)

/** The number of backend crashes in the server's log; from then on the server recovers and callers wait. */
function crashes(): number {
  return readFileSync(findServerPaths(home).log, 'utf8').split('was terminated by signal 9').length - 1
}

test.serial('no row reaches the log of the server', async t => {
  const { url } = await ensureServer({ home })
  const session = await connect({ url, applicationName: name })
  await session.query('create table public.canary (v text primary key, n int check (n > 0))')
  await session.query("insert into public.canary values ('canary-1', 1)")
  const failing = [
    "insert into public.canary values ('canary-1', 1)",
    "insert into public.canary values ('canary-2', -1)",
    "select 'canary-3'::int",
    "do $$ begin raise exception 'canary-4'; end $$",
    "do $$ begin raise warning 'canary-5'; end $$; select 1/0",
  ]
  for (const statement of failing) t.truthy(errorCode(await t.throwsAsync(session.query(statement))))
  // A crash of a backend makes the server report the statement it was running.
  const crash = t.throwsAsync(session.query("select pg_sleep(60), 'canary-6'"))
  const watch = await connect({ url, applicationName: name })
  while (
    (await watch.query("select from pg_stat_activity where query ~ 'canary-6' and state = 'active'")).rowCount !== 2
  );
  process.kill(backendOf(session) ?? NaN, 'SIGKILL')
  await crash
  while (crashes() === 0) await sleep(10)
  // The server is recovering now; ensureServer waits for it.
  const recovered = await connect({ url: (await ensureServer({ home })).url, applicationName: name })
  await recovered.end()
  t.notRegex(readFileSync(findServerPaths(home).log, 'utf8'), /canary/)
})

test.serial('callers that ask for the server while one of its backends crashes get it', async t => {
  for (let round = 0; round < 10; round += 1) {
    const session = await connect({ url: (await ensureServer({ home })).url, applicationName: name })
    // The recovery ends every process of the server, including new sessions: it hit 39 of 720 callers.
    const callers = Array.from({ length: 12 }, async (_, caller) => {
      await sleep(caller / 2)
      return ensureServer({ home })
    })
    const before = crashes()
    await sleep(4)
    process.kill(backendOf(session) ?? NaN, 'SIGKILL')
    for (const { startedHere } of await Promise.all(callers)) t.false(startedHere)
    // If the server is slow to notice, it has answered all callers by now; the next round must not meet its recovery.
    while (crashes() === before) await sleep(10)
    await session.end().catch(() => undefined)
  }
})

test.serial('a stop while the server starts to recover from a crash waits for the recovery', async t => {
  for (let round = 0; round < 10; round += 1) {
    const session = await connect({ url: (await ensureServer({ home })).url, applicationName: name })
    const before = crashes()
    process.kill(backendOf(session) ?? NaN, 'SIGKILL')
    while (crashes() === before);
    t.true(await stopServer({ home }))
    await session.end().catch(() => undefined)
  }
  // The log of the SIGQUIT for a server that did not end, as happens when it gets SIGINT while it recovers.
  t.notRegex(readFileSync(findServerPaths(home).log, 'utf8'), /received immediate shutdown request/)
})
