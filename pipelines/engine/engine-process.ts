import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { CaseloadError, fromWire } from '../errors.ts'
import type { LoadedBatch } from '../transformer.ts'
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

/**
 * Loads one batch in a process of its own.
 *
 * @param onProgress told the stage and how far it is
 * @param signal ends the process when aborted; then its reason is thrown
 * @returns what was read and staged
 * @throws the error of the engine, or EngineDiedError if its process ended without a word
 */
export async function loadInProcess(
  order: EngineOrder,
  onProgress: (stage: 'read' | 'stage', detail: string) => void,
  signal: AbortSignal,
): Promise<LoadedBatch> {
  signal.throwIfAborted()
  const child = fork(entry, [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'json',
    execArgv: [...process.execArgv, ...heapFlags],
  })
  const stop = (): void => void child.kill('SIGKILL')
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await conversation(child, order, onProgress)
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
    stop()
  }
}

function conversation(
  child: ChildProcess,
  order: EngineOrder,
  onProgress: (stage: 'read' | 'stage', detail: string) => void,
): Promise<LoadedBatch> {
  return new Promise((resolve, reject) => {
    child.on('message', (word: EngineWord) => {
      if (word.kind === 'ready') child.send(order)
      else if (word.kind === 'progress') onProgress(word.stage, word.detail)
      else if (word.kind === 'loaded') resolve(word.loaded)
      else reject(fromWire(word.error))
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      const how = signal === null ? `exit code ${code ?? 0}` : signal
      reject(
        new EngineDiedError(
          `The engine's process ended (${how}) before the batch was loaded; readers saw nothing of it. A file it cannot ` +
            'survive or too little memory are the usual reasons: look at the kernel log, or give it less with CASELOAD_MEMORY.',
        ),
      )
    })
  })
}
