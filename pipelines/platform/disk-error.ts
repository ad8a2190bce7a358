/** Why a write failed, by errno. */
const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file exceeds the maximum size, see ulimit -f',
  EROFS: 'the file system is read-only',
}

/** Why a write failed, with the errno; undefined for any other error. */
export function diskReason(error: unknown): string | undefined {
  // Not errorCode of postgres.ts: the help command does not load the driver.
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  const reason = reasons[code]
  return reason === undefined ? undefined : `${reason} (${code})`
}

/** The message for a failed write to the work folder of a run; undefined for any other error. */
export function workFolderMessage(error: unknown): string | undefined {
  const reason = diskReason(error)
  if (reason === undefined) return undefined
  return `The work folder of the run cannot be written: ${reason}. Make room below CASELOAD_WORK, or set it to another folder.`
}
