import { createHash } from 'node:crypto'
import { createReadStream, type Stats, statfsSync } from 'node:fs'

/** Distinguishes files of the same name, size and time. The file system assigns it, and a copy gets another one. */
export function fileIdentity({ dev, ino, ctimeMs }: Stats): string {
  return `${dev}:${ino}:${ctimeMs}`
}

/**
 * Types of file systems, as statfs(2) of Linux returns them, whose client makes up the inode numbers, so that they may change
 * while a file does not, or stay while it does: SMB (three generations), FUSE (often a mounted object store), 9P,
 * VirtualBox's shared folders, and vfat. NFS passes on the inode numbers of its server.
 */
const withoutIdentity: readonly number[] = [0x517b, 0xff534d42, 0xfe534d42, 0x65735546, 0x01021997, 0x786f4256, 0x4d44]

/** True if {@link fileIdentity} is reliable on the file system of this path. */
export function hasIdentity(path: string): boolean {
  return !withoutIdentity.includes(statfsSync(path).type)
}

/** SHA-256 of a file's bytes, in hexadecimal. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
