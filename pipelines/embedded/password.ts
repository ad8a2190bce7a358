import { createHash, createHmac, pbkdf2Sync, randomBytes, randomUUID } from 'node:crypto'
import { chmodSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { UsageError } from '../platform/errors.ts'
import { connect } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'
import type { ServerPaths } from './paths.ts'

/**
 * Reads the password of role `caseload`, or creates one (192 random bits) in a file that only its owner can read.
 *
 * @returns letters, digits, `-` and `_`, which need no quoting in a URL or a shell
 */
export function ensurePassword(paths: ServerPaths): string {
  const kept = readPassword(paths)
  if (kept !== undefined) return kept
  const unfinished = `${paths.passwordFile}.${randomUUID()}`
  writeFileSync(unfinished, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' })
  try {
    linkSync(unfinished, paths.passwordFile)
  } catch {
    // Another command created the file at the same time; its password is used.
  }
  rmSync(unfinished)
  const password = readPassword(paths)
  if (password === undefined) {
    throw new UsageError(
      `Expected the password of the embedded PostgreSQL in ${paths.passwordFile}, found no text that can be read. ` +
        'Delete the file and try again.',
    )
  }
  return password
}

/** The password in the file; undefined if there is no file, or it is empty. */
export function readPassword(paths: ServerPaths): string | undefined {
  try {
    const text = readFileSync(paths.passwordFile, 'utf8').trim()
    chmodSync(paths.passwordFile, 0o600)
    return text === '' ? undefined : text
  } catch {
    return undefined
  }
}

/**
 * Sets the password of role `caseload`. The server gets only the SCRAM verifier, which does not reveal it.
 *
 * @param url of a superuser's session
 */
export async function setPassword(url: string, password: string): Promise<void> {
  const session = await connect({ url, applicationName: 'caseload db' })
  try {
    await session.query(readSql('sql/statements/embedded/password_verifier.sql'), [
      scramVerifier(password, randomBytes(16)),
    ])
    await session.query(readSql('sql/statements/embedded/password.sql'))
  } finally {
    await session.end()
  }
}

/** RFC 5803, as PostgreSQL stores it: SCRAM-SHA-256$<iterations>:<salt>$<stored key>:<server key>. */
function scramVerifier(password: string, salt: Buffer): string {
  const iterations = 4096
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  const clientKey = createHmac('sha256', salted).update('Client Key').digest()
  const storedKey = createHash('sha256').update(clientKey).digest('base64')
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`
}
