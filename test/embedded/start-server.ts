// A program for the tests: starts the server of the home in its first argument and prints its state as JSON. With a user id
// as second argument it runs as that user and stops the server at the end; with "stay" it ends only by a signal.
import { DatabaseError } from '../../pipelines/platform/errors.ts'
import { connect } from '../../pipelines/platform/postgres.ts'
import { ensureServer, serverStatus, stopServer } from '../../pipelines/embedded/server.ts'

const [home = '', second] = process.argv.slice(2)
const user = second === 'stay' ? undefined : second
if (user !== undefined) {
  process.setgroups?.([])
  process.setgid?.(Number(user))
  process.setuid?.(Number(user))
}
const server = await ensureServer({ home })
const status = await serverStatus({ home })
const session = await connect({ url: server.url, applicationName: 'caseload test' })
const answer = await session.query<{ name: string }>('select current_database() as name')
await session.end()
if (user !== undefined && !(await stopServer({ home }))) throw new DatabaseError('there was no server to stop')
process.stdout.write(JSON.stringify({ ...server, pid: status.pid, database: answer.rows[0]?.name }))
if (second === 'stay') setInterval(() => undefined, 60_000)
