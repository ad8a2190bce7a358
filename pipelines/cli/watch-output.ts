import { CaseloadError } from '../platform/errors.ts'
import { exitCodes } from '../platform/exit-codes.ts'

/** The result of a command could not be written: exit 1. */
export class OutputError extends CaseloadError {
  override readonly name = 'OutputError'
}

/**
 * Calls a command and tells where its result could not be written, such as on a full disk. A log that cannot be written ends
 * nothing, whatever the reason; nor does a reader such as head that has seen enough of a result.
 *
 * @param publishes the command is one that publishes batches: whoever gets no result should not think that nothing was
 * @param call gives the command's exit code, and throws nothing
 * @param report says an error on standard error, and gives its exit code
 * @returns the exit code of the call, or where that is 0 the one of the result that was lost
 */
export async function withOutput(
  publishes: boolean,
  call: () => Promise<number>,
  report: (error: OutputError) => number,
): Promise<number> {
  let lost: string | undefined
  process.stderr.on('error', () => undefined)
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') lost ??= error.code ?? error.name
  })
  const code = await call()
  // A stream tells of a write that failed a little later.
  await new Promise(setImmediate)
  if (lost === undefined) return code
  const done = publishes && code === exitCodes.done
  const rest = done ? ', but the work is done: what it published is published, and caseload status shows it' : ''
  const failed = report(new OutputError(`The result could not be written to standard output (${lost})${rest}.`))
  return code === exitCodes.done ? failed : code
}
