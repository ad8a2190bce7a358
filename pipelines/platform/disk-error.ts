/** Why a write failed, by errno. */
const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file exceeds the maximum size, see ulimit -f',
  EROFS: 'the file system is read-only',
}

/** Why the file system refused something else than a write for want of room, by errno. */
const otherReasons: Readonly<Record<string, string>> = {
  EACCES: 'this user lacks the right',
  EPERM: 'this user lacks the right',
  EMFILE: 'too many files are open, see ulimit -n',
  ENFILE: 'the machine has too many open files',
  ENOTDIR: 'a part of the path is a file',
  EISDIR: 'it is a folder',
  ELOOP: 'its symbolic links form a circle',
  ENAMETOOLONG: 'the path is too long',
  EIO: 'the disk cannot be read',
  ESTALE: 'the network file system has lost it',
}

/** Why a write failed, with the errno; undefined for any other error. */
export function diskReason(error: unknown): string | undefined {
  return reasonIn(reasons, error)
}

/** Why the file system refused an access, also one that is no write; undefined for any other error. */
export function fileReason(error: unknown): string | undefined {
  return diskReason(error) ?? (isSystemCall(error) ? reasonIn(otherReasons, error) : undefined)
}

function reasonIn(words: Readonly<Record<string, string>>, error: unknown): string | undefined {
  // Not errorCode of postgres.ts: the help command does not load the driver.
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  const reason = words[code]
  return reason === undefined ? undefined : `${reason} (${code})`
}

const isSystemCall = (error: unknown): boolean => error instanceof Error && 'syscall' in error

/** The message for a failed write to the work folder of a run; undefined for any other error. */
export function workFolderMessage(error: unknown): string | undefined {
  const reason = diskReason(error)
  if (reason === undefined) return undefined
  return `The work folder of the run cannot be written: ${reason}. Make room below CASELOAD_WORK, or set it to another folder.`
}
