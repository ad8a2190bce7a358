/** What is said of a disk that takes no more, by the errno of a write. */
const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'a file may not grow further, see ulimit -f',
  EROFS: 'the file system is read-only',
}

/** Why a file could not be written, with the errno; undefined for any other error. */
export function diskReason(error: unknown): string | undefined {
  // Help is printed without the driver, so its errorCode is not at hand.
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  const reason = reasons[code]
  return reason === undefined ? undefined : `${reason} (${code})`
}

/** The same for the private work folder of a run: the message says which setting helps. */
export function workFolderMessage(error: unknown): string | undefined {
  const reason = diskReason(error)
  if (reason === undefined) return undefined
  return `The work folder of the run cannot be written: ${reason}. Make room below CASELOAD_WORK, or name another folder.`
}
