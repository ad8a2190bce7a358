import { CaseloadError } from '../platform/errors.ts'

/** The result of a command could not be written: exit 1. */
export class OutputError extends CaseloadError {
  override readonly name = 'OutputError'

  /**
   * @param code of the system's error, such as ENOSPC
   * @param isPublished the command published its batches: without this hint a caller that gets no result would assume it did not
   */
  static of(code: string, isPublished: boolean): OutputError {
    const hint = isPublished
      ? ', but the work is done: what it published is published, and caseload status shows it'
      : ''
    return new OutputError(`The result could not be written to standard output (${code})${hint}.`)
  }
}

/**
 * Listens for failed writes, such as to a full disk. A log line that cannot be written stops nothing, nor does a reader of
 * the result, such as head, that closes its pipe.
 *
 * @returns `lost()`: the code of the system's error if a part of the result is lost; to be called after the last write
 */
export function watchOutput(): { lost(): Promise<string | undefined> } {
  let code: string | undefined
  process.stderr.on('error', () => undefined)
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') code ??= error.code ?? error.name
  })
  return {
    lost: async () => {
      // A stream reports a failed write one turn of the event loop later.
      await new Promise(setImmediate)
      return code
    },
  }
}
