import { createServer } from 'node:net'

/**
 * A port of loopback where nobody listens, below those that a system gives to whoever connects: on one of these, the end of
 * a connection that is open or was just closed is EADDRINUSE.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000)
    const server = createServer()
    const isFree = await new Promise<boolean>(resolve => {
      server.once('error', () => {
        resolve(false)
      })
      server.listen(port, '127.0.0.1', () => {
        resolve(true)
      })
    })
    if (!isFree) continue
    await new Promise(resolve => server.close(resolve))
    return port
  }
}
