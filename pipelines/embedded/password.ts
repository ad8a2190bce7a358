import { createHash, createHmac, pbkdf2Sync, randomBytes, randomUUID } from 'node:crypto'
import { chmodSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { UsageError } from '../platform/errors.ts'
import { connect } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'
import type { Places } from './paths.ts'

/**
 * Reads the password of role `caseload`, or makes one (192 random bits) and keeps it in a file that only its owner can
 * read.
 *
 * @returns letters, digits, `-` and `_`: nothing that a URL or a shell would change
 */
export function keptPassword(places: Places): string {
  const kept = readPassword(places)
  if (kept !== undefined) return kept
  const unfinished = `${places.passwordFile}.${randomUUID()}`
  writeFileSync(unfinished, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' })
  try {
    linkSync(unfinished, places.passwordFile)
  } catch {
    // Another command made one at the same time; it counts.
  }
  rmSync(unfinished)
  const password = readPassword(places)
  if (password === undefined) {
    throw new UsageError(
      `${places.passwordFile} must hold the password of the embedded PostgreSQL. Delete it and try again.`,
    )
  }
  return password
}

/** The kept password, or undefined if none was made yet. */
export function readPassword(places: Places): string | undefined {
  try {
    const text = readFileSync(places.passwordFile, 'utf8').trim()
    chmodSync(places.passwordFile, 0o600)
    return text === '' ? undefined : text
  } catch {
    return undefined
  }
}

/**
 * Gives role `caseload` this password. The server gets only the SCRAM verifier, from which it cannot be read.
 *
 * @param url reaches the server as superuser
 */
export async function setPassword(url: string, password: string): Promise<void> {
  const session = await connect({ url, applicationName: 'caseload db' })
  try {
    await session.query(readSql('sql/statements/embedded/password_verifier.sql'), [scramVerifier(password, randomBytes(16))])
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
