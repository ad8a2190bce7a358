import { main } from '../../pipelines/cli/cli.ts'
import type { Ended } from './cli.ts'

/**
 * Calls a command line in this process, which takes a tenth of the time of a process of its own. One at a time: the
 * environment and the streams belong to the process. Their settings last for the call alone.
 */
export async function callMain(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const { stdout, stderr } = process
  const before = { ...process.env }
  const written = { stdout: '', stderr: '' }
  const restore = [capture(stdout, text => (written.stdout += text)), capture(stderr, text => (written.stderr += text))]
  const heard = [stdout, stderr].map(stream => [stream, stream.listeners('error')] as const)
  Object.assign(process.env, env)
  try {
    const code = await main(['node', 'caseload', ...args], process.env)
    return { code, ...written }
  } finally {
    for (const one of restore) one()
    for (const name of Object.keys(process.env)) if (!(name in before)) Reflect.deleteProperty(process.env, name)
    Object.assign(process.env, before)
    process.removeAllListeners('uncaughtException')
    for (const [stream, listeners] of heard) {
      for (const one of stream.listeners('error')) {
        if (!listeners.includes(one)) stream.removeListener('error', one as (...args: unknown[]) => void)
      }
    }
  }
}

/** Takes what is written to a stream; returns what gives the stream back. */
function capture(stream: NodeJS.WriteStream, take: (text: string) => void): () => void {
  const write = stream.write.bind(stream)
  const taken = (chunk: string | Uint8Array, ...rest: readonly unknown[]): boolean => {
    take(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'))
    const done = rest.find((one): one is () => void => typeof one === 'function')
    done?.()
    return true
  }
  stream.write = taken
  return () => {
    stream.write = write
  }
}
