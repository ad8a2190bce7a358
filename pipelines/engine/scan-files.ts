import { RefusedError } from '../errors.ts'
import type { Input } from '../inputs.ts'
import type { Landing } from '../landing.ts'
import { type ScannedFile, scanFile } from '../read/scan-file.ts'
import { requireStill } from '../unchanged.ts'
import { fileIdentity } from '../file-identity.ts'

/**
 * Scans the listed files of a batch, see {@link scanFile}.
 *
 * @param inputs every input that claims a file
 * @returns the files in the order of the listing
 * @throws RefusedError if a file cannot be records; that it changed since it was listed, where it did
 */
export function scanFiles(
  { files, entries }: Pick<Landing, 'files' | 'entries'>,
  inputs: Readonly<Record<string, Input>>,
): Promise<readonly ScannedFile[]> {
  const stats = new Map(entries.map(entry => [entry.path, entry.stats]))
  const scans = files.map(async file => {
    try {
      return await scanFile(file, inputOf(inputs, file.input))
    } catch (error) {
      // A file that somebody is still writing looks cut off.
      const listed = stats.get(file.path)
      if (error instanceof RefusedError && listed !== undefined) {
        requireStill([{ ...file, bytes: listed.size, changedAt: listed.mtimeMs, identity: fileIdentity(listed) }])
      }
      throw error
    }
  })
  return Promise.all(scans)
}

function inputOf(inputs: Readonly<Record<string, Input>>, name: string): Input {
  const input = inputs[name]
  if (input === undefined) throw new Error(`no input ${name}`)
  return input
}
