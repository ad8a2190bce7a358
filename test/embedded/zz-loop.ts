import { readFileSync } from 'node:fs'
import { ensureServer, stopServer } from '../../pipelines/embedded/server.ts'
import { findPlaces } from '../../pipelines/embedded/places.ts'
import { connect } from '../../pipelines/postgres.ts'
import { makeScratch } from './scratch.ts'
import { execSync } from 'node:child_process'
const { home, remove } = makeScratch()
{
  const { url } = await ensureServer({ home })
  const s = await connect({ url, applicationName: 'x' })
  await s.end()
  await stopServer({ home })
}
for (let i = 0; i < 25; i++) {
  const { url } = await ensureServer({ home })
  const session = await connect({ url, applicationName: 'x' })
  const { rows } = await session.query<{ pid: number }>('select pg_backend_pid() as pid')
  const crash = session.query('select pg_sleep(60)').catch(() => 0)
  const watch = await connect({ url, applicationName: 'x' })
  process.kill(rows[0]?.pid ?? 0, 'SIGKILL')
  await crash
  await new Promise(r => setTimeout(r, (i * 10) % 300))
  const t = Date.now()
  try {
    await stopServer({ home })
  } catch (e) {
    console.log(i, String(e))
    console.log(readFileSync(findPlaces(home).log, 'utf8').split('\n').slice(-30).join('\n'))
    console.log(
      execSync(
        `ps -eo pid,ppid,stat,wchan,args | grep ${findPlaces(home).clusterName} ; ps -eo pid,ppid,stat,wchan:20,args | grep ${findPlaces(home).root} ; cat ${findPlaces(home).data}/postmaster.pid`,
      ).toString(),
    )
    break
  }
  console.log(i, Date.now() - t)
  void watch
}
await remove()
