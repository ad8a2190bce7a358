import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { CaseloadError, fromWire } from '../platform/errors.ts'
import type { LoadedBatch } from '../source/transformer.ts'
import type { EngineOrder, EngineWord } from './protocol.ts'

/** The engine's process died: a crash of a parser, or the kernel took it for its memory. */
export class EngineDiedError extends CaseloadError {
  override readonly name = 'EngineDiedError'
}

/**
 * The engine makes and drops buffers of 200 kB all the time. V8 answers with collections on helper threads, which take
 * the cores that DuckDB and the server need: 5M readings cost 8.5 s of CPU and 13.7 s in all with V8's defaults, 6.2 s and
 * 12.1 s with these.
 */
const heapFlags = ['--single-threaded-gc', '--max-semi-space-size=32']

const entry = fileURLToPath(new URL(`./engine-main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url))

/** An engine in a process of its own, for one batch after the other. */
export interface EngineProcess {
  /**
   * Loads a batch. One at a time: a process that loads two would fail both when it dies.
   *
   * @param signal ends the process when aborted
   * @param onProgress told the stage and how far it is
   * @param onRows told the rows copied so far, of all tables; 0 when copying begins, and when it begins again
   * @returns what was read and staged
   * @throws the error of the engine, EngineDiedError if its process ended without a word, or the signal's reason
   */
  readonly load: (
    order: EngineOrder,
    signal: AbortSignal,
    onProgress: Progress,
    onRows: RowCount,
  ) => Promise<LoadedBatch>
  /** False once a batch failed in it or its process ended: nobody knows what state it is in. */
  readonly isSound: () => boolean
  /** Ends the process, whatever it does. */
  readonly stop: () => void
}

type Progress = (stage: 'read' | 'stage', detail: string) => void
type RowCount = (rows: number) => void

/** Starts an engine. It takes a third of a second until it listens, in which the caller can do something else. */
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
    load: async (order, signal, onProgress, onRows) => {
      signal.throwIfAborted()
      signal.addEventListener('abort', kill, { once: true })
      try {
        await unlessDead(ready)
        return await unlessDead(answerOf(child, order, onProgress, onRows))
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
 * Watches a process. What it gives ends like the work, or with an error if the process is dead before. A race with one
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
  // More than once: a message to a process that is gone is an error of its own.
  child.on('error', die)
  child.once('exit', (code, signal) => {
    const how = signal === null ? `exit code ${code ?? 0}` : signal
    die(
      new EngineDiedError(
        `The engine's process ended (${how}) before the batch was loaded; readers saw nothing of it. A file it cannot ` +
          'survive or too little memory are the usual reasons: look at the kernel log, or give it less with CASELOAD_MEMORY.',
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
  order: EngineOrder,
  onProgress: Progress,
  onRows: RowCount,
): Promise<LoadedBatch> {
  return new Promise((resolve, reject) => {
    const listen = (word: EngineWord): void => {
      if (word.kind === 'progress') onProgress(word.stage, word.detail)
      else if (word.kind === 'rows') onRows(word.rows)
      else if (word.kind === 'loaded') {
        end()
        resolve(word.loaded)
      } else if (word.kind === 'failed') {
        end()
        reject(fromWire(word.error))
      }
    }
    const end = (): void => {
      child.off('message', listen)
    }
    child.on('message', listen)
    child.send(order)
  })
}
