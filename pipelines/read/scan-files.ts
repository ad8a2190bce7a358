import pLimit from 'p-limit'
import { RefusedError } from '../platform/errors.ts'
import type { Input } from '../source/inputs.ts'
import type { LocalFile } from '../landing/files/landed-file.ts'
import { type ScannedFile, scanFile } from './scan-file.ts'
import { requireStill } from '../landing/files/unchanged.ts'

/** Files scanned in parallel; each needs an open file and 1 MiB of buffers. 3,000 files in parallel took 400 MB. */
const parallelScans = 4

/**
 * Scans the files of a delivery, see {@link scanFile}.
 *
 * @param inputs the inputs by name
 * @param empty `allow` if a file may be empty, without even a header
 * @returns the files in the order of the listing
 * @throws RefusedError if a file is not in its declared format, or changed since it was listed
 */
export async function scanFiles(
  files: readonly LocalFile[],
  inputs: Readonly<Record<string, Input>>,
  empty: 'refuse' | 'allow',
): Promise<readonly ScannedFile[]> {
  const scan = async (file: LocalFile): Promise<ScannedFile> => {
    try {
      return await scanFile(file, inputOf(inputs, file.input), empty)
    } catch (error) {
      // A file that its sender is still writing looks cut off: then report the change.
      if (error instanceof RefusedError) requireStill([file])
      throw error
    }
  }
  const limit = pLimit(parallelScans)
  try {
    return await Promise.all(files.map(file => limit(() => scan(file))))
  } finally {
    // After a failure, do not scan the remaining files.
    limit.clearQueue()
  }
}

function inputOf(inputs: Readonly<Record<string, Input>>, name: string): Input {
  const input = inputs[name]
  if (input === undefined) throw new Error(`no input ${name}`)
  return input
}
