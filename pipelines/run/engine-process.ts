import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { CaseloadError, fromWire } from '../platform/errors.ts'
import type { LoadedBatch } from '../source/transformer.ts'
import type { LoadRequest, EngineMessage } from './protocol.ts'

/** The engine's process died: a parser crashed, or the kernel killed it for its memory. */
export class EngineDiedError extends CaseloadError {
  override readonly name = 'EngineDiedError'
}

/**
 * The engine allocates and drops buffers of 200 kB all the time. V8 then collects garbage on helper threads, which take the
 * cores that DuckDB and the server need: 5M readings cost 8.5 s of CPU and 13.7 s in all with V8's defaults, 6.2 s and
 * 12.1 s with these.
 */
const heapFlags = ['--single-threaded-gc', '--max-semi-space-size=32']

const entry = fileURLToPath(new URL(`./engine-main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url))

/** An engine in a child process, for one batch after the other. */
export interface EngineProcess {
  /**
   * Loads a batch. One at a time: a process that loads two would fail both when it dies.
   *
   * @param signal ends the process when aborted
   * @param onProgress gets the stage and its progress
   * @param onRows gets the rows copied so far, of all tables; 0 when copying begins, and when it begins again
   * @returns what was read and staged
   * @throws the error of the engine, EngineDiedError if its process ended before it answered, or the signal's reason
   */
  readonly load: (
    request: LoadRequest,
    signal: AbortSignal,
    onProgress: Progress,
    onRows: RowCount,
  ) => Promise<LoadedBatch>
  /** False once a batch failed in it or its process ended: its state is unknown. */
  readonly isSound: () => boolean
  /** Ends the process at once. */
  readonly stop: () => void
}

type Progress = (stage: 'read' | 'stage', detail: string) => void
type RowCount = (rows: number) => void

/** Starts an engine, without a wait: it listens after a third of a second, in which the caller can do other work. */
export function startEngine(): EngineProcess {
  const child = fork(entry, [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'json',
    execArgv: [...process.execArgv, ...heapFlags],
  })
  const ready = new Promise<void>(resolve => {
    child.once('message', () => {
      resolve()
    })
  })
  let sound = true
  const kill = (): void => {
    sound = false
    child.kill('SIGKILL')
  }
  const unlessDead = deathOf(child, kill)
  return {
    load: async (request, signal, onProgress, onRows) => {
      signal.throwIfAborted()
      signal.addEventListener('abort', kill, { once: true })
      try {
        await unlessDead(ready)
        return await unlessDead(answerOf(child, request, onProgress, onRows))
      } catch (error) {
        sound = false
        signal.throwIfAborted()
        throw error
      } finally {
        signal.removeEventListener('abort', kill)
      }
    },
    isSound: () => sound,
    stop: kill,
  }
}

/**
 * Watches a process. The function it returns settles like the work, or rejects if the process dies first. A race with one
 * promise for the process's whole life would keep the result of every batch that it loaded, 2.4 KB and more each.
 */
function deathOf(child: ChildProcess, onDeath: () => void): <T>(work: Promise<T>) => Promise<T> {
  let death: Error | undefined
  const waiting = new Set<(death: Error) => void>()
  const die = (error: Error): void => {
    death ??= error
    for (const reject of waiting) reject(death)
    onDeath()
  }
  // `on`, not `once`: each message to a dead process emits another error.
  child.on('error', die)
  child.once('exit', (code, signal) => {
    const how = signal === null ? `exit code ${code ?? 0}` : signal
    die(
      new EngineDiedError(
        `The engine's process ended (${how}) before the batch was loaded; readers saw nothing of it. Usual ` +
          'reasons are a file that crashes a parser and too little memory: see the kernel log, or lower CASELOAD_MEMORY.',
      ),
    )
  })
  return async <T>(work: Promise<T>): Promise<T> => {
    if (death !== undefined) throw death
    let stop: ((death: Error) => void) | undefined
    try {
      return await new Promise<T>((resolve, reject) => {
        stop = reject
        waiting.add(stop)
        work.then(resolve, reject)
      })
    } finally {
      if (stop !== undefined) waiting.delete(stop)
    }
  }
}

function answerOf(
  child: ChildProcess,
  request: LoadRequest,
  onProgress: Progress,
  onRows: RowCount,
): Promise<LoadedBatch> {
  return new Promise((resolve, reject) => {
    const listen = (message: EngineMessage): void => {
      if (message.kind === 'progress') onProgress(message.stage, message.detail)
      else if (message.kind === 'rows') onRows(message.rows)
      else if (message.kind === 'loaded') {
        end()
        resolve(message.loaded)
      } else if (message.kind === 'failed') {
        end()
        reject(fromWire(message.error))
      }
    }
    const end = (): void => {
      child.off('message', listen)
    }
    child.on('message', listen)
    child.send(request)
  })
}
