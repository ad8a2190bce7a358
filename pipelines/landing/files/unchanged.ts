import { statSync } from 'node:fs'
import { fileIdentity, hasIdentity } from '../../platform/file-identity.ts'
import { quoteNames } from '../../platform/file-name.ts'
import { changedMeanwhile } from '../delivery/unchanged.ts'
import type { LocalFile } from './landed-file.ts'

/**
 * Looks at files by their paths alone: while they are read, or when reading failed and a vanished file may be why. A file
 * that was renamed over another one keeps its size and time if its writer set them so (`cp -p`, `rsync -t`); its identity
 * differs.
 *
 * @param files scanned files
 * @throws RefusedError naming those that changed or have gone since they were scanned
 */
export function requireStill(
  files: readonly Pick<LocalFile, 'name' | 'path' | 'bytes' | 'changedAt' | 'identity'>[],
): void {
  const changed = files.filter(file => {
    const stats = statSync(file.path, { throwIfNoEntry: false })
    if (stats?.size !== file.bytes || stats.mtimeMs !== file.changedAt) return true
    return hasIdentity(file.path) && fileIdentity(stats) !== file.identity
  })
  if (changed.length === 0) return
  const names = quoteNames(changed.map(file => file.name))
  throw changedMeanwhile(`Changed or gone while it was read: ${names}.`)
}
