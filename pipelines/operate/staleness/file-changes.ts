import type { Landed, LandedNow } from '../../landing/files/landed-files.ts'
import type { FileChanges, RecordedFile } from '../../source/fingerprint/staleness.ts'
import { isUnreadable } from '../../landing/files/unreadable.ts'
import { hashFile } from '../../platform/file-identity.ts'

type HashAt = (path: string) => Promise<string>

/** File systems have coarse clocks, and the server's clock may be slightly ahead. */
const clockMarginMs = 1000

/**
 * Compares the files that a run read with those of the landing folder now. Compares names and sizes first, and hashes only a
 * file that agrees in both and may have changed after the run began: so a year of batches usually costs no reading. A static
 * file is always hashed.
 *
 * @param recorded the files that the run read
 * @param startedAt when the run began, in milliseconds
 * @param now the files that `landedFiles` found
 * @param hash returns the SHA-256 of the file at a path, in hexadecimal; null: a file that agrees in name and size counts as unchanged
 */
export async function changesOf(
  recorded: readonly RecordedFile[],
  startedAt: number,
  { files: now, problem }: Landed,
  hash: HashAt | null = hashFile,
): Promise<FileChanges> {
  if (problem !== undefined) return { added: [], removed: [], changed: [], problem }
  const before = new Map(recorded.map(file => [file.path, file]))
  const names = new Set(now.map(file => file.name))
  const changed: string[] = []
  for (const file of now) {
    const old = before.get(file.name)
    if (old !== undefined && (await isChanged(old, startedAt, file, hash))) changed.push(file.name)
  }
  return {
    added: now.map(file => file.name).filter(name => !before.has(name)),
    removed: recorded.map(file => file.path).filter(path => !names.has(path)),
    changed,
  }
}

async function isChanged(old: RecordedFile, startedAt: number, file: LandedNow, hash: HashAt | null): Promise<boolean> {
  if (old.bytes !== file.bytes) return true
  if (file.etag !== undefined && old.etag !== null) return file.etag !== old.etag
  if (!file.isStatic && file.changedAt < startedAt - clockMarginMs) return false
  if (hash === null) return false
  // An object is not fetched for its hash: it counts as changed.
  if (file.path === undefined) return true
  try {
    return (await hash(file.path)) !== old.sha256
  } catch (error) {
    // Its rights were changed: a run reports that it cannot be read.
    if (isUnreadable(error)) return true
    throw error
  }
}
