import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import type { Environment } from '../../platform/environment.ts'
import { UsageError } from '../../platform/errors.ts'

/** The key of the pseudonyms. It travels in memory and over IPC only, never as an argument and never in a message. */
export interface MaskKey {
  /** Text of at least 32 bytes in UTF-8; the bytes are the key of the HMAC. */
  readonly secret: string
}

const leastBytes = 32
const largestFile = 4096

const howToMake = 'Make one with `openssl rand -hex 32`'

/**
 * Reads whether rows are masked when they are loaded, and with which key. An unclear setting is an error: a batch that should
 * have been masked must not be loaded unmasked.
 *
 * @param env CASELOAD_MASK_AT_LOAD (`true` or `false`), CASELOAD_PSEUDONYM_KEY, CASELOAD_PSEUDONYM_KEY_FILE
 * @returns undefined if rows are stored as delivered
 * @throws UsageError if masking is on without exactly one valid key, or the setting is neither true nor false
 */
export function readMask(env: Environment): MaskKey | undefined {
  const asked = env['CASELOAD_MASK_AT_LOAD']
  if (asked === undefined || asked === 'false') return undefined
  if (asked !== 'true') {
    throw new UsageError(
      'Expected CASELOAD_MASK_AT_LOAD to be true or false, found something else. Nothing was loaded.',
    )
  }
  const text = env['CASELOAD_PSEUDONYM_KEY'] ?? ''
  const file = env['CASELOAD_PSEUDONYM_KEY_FILE'] ?? ''
  if ((text === '') === (file === '')) {
    throw new UsageError(
      `CASELOAD_MASK_AT_LOAD=true needs a key: expected CASELOAD_PSEUDONYM_KEY or CASELOAD_PSEUDONYM_KEY_FILE, found ` +
        `${text === '' ? 'neither' : 'both'}. ${howToMake}, and keep it: other keys make other pseudonyms.`,
    )
  }
  const secret = (file === '' ? text : readKeyFile(file)).trim()
  const bytes = Buffer.byteLength(secret)
  if (bytes < leastBytes) {
    throw new UsageError(
      `Expected a pseudonym key of at least ${leastBytes} bytes, found ${bytes} in ` +
        `${file === '' ? 'CASELOAD_PSEUDONYM_KEY' : file}. ${howToMake}.`,
    )
  }
  return { secret }
}

/** Checks and reads one descriptor, so that no other file can take its place; follows no link and does not wait for a pipe. */
function readKeyFile(path: string): string {
  const complaint = (found: string): UsageError =>
    new UsageError(
      `CASELOAD_PSEUDONYM_KEY_FILE must be a regular file of this user that no other user can read (chmod 600); ${path} ${found}.`,
    )
  let descriptor: number
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const link = error instanceof Error && 'code' in error && error.code === 'ELOOP'
    throw complaint(link ? 'is a link' : 'cannot be opened')
  }
  try {
    const stat = fstatSync(descriptor)
    if (!stat.isFile()) throw complaint('is not a regular file')
    if (stat.uid !== process.geteuid?.()) throw complaint(`belongs to the user with id ${stat.uid}`)
    if ((stat.mode & 0o177) !== 0) throw complaint(`has mode ${(stat.mode & 0o777).toString(8)}`)
    if (stat.size > largestFile) throw complaint(`is larger than ${largestFile} bytes`)
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(descriptor))
  } catch (error) {
    throw error instanceof UsageError ? error : complaint('is not UTF-8 text')
  } finally {
    closeSync(descriptor)
  }
}
