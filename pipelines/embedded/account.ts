import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { UsageError } from '../platform/errors.ts'

/** A user and group of the operating system. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

// Debian keeps 30000-59999 free of system accounts; a user namespace maps at least the first 65536 ids.
const firstPrivateUid = 30_000
const privateUids = 30_000

/**
 * The account under which root runs a server: PostgreSQL refuses to run as root. It is the owner of the data folder, else
 * an unused id, so that no other daemon and no user can read the data or reach the socket. Many daemons share `nobody`,
 * so it is only the fallback where no private id is available.
 *
 * @param data the server's data folder, which may not exist yet
 * @param seed the same seed gives the same account
 */
export function serverAccount(data: string, seed: string): Account {
  const owner = statSync(data, { throwIfNoEntry: false })
  if (owner !== undefined) return { uid: owner.uid, gid: owner.gid }
  const digest = createHash('sha256').update(seed).digest()
  for (let offset = 0; offset < digest.length; offset += 4) {
    const uid = firstPrivateUid + (digest.readUInt32BE(offset) % privateUids)
    if (isMapped(uid) && !isTaken(uid)) return { uid, gid: uid }
  }
  return namedAccount()
}

/**
 * An unprivileged account that has a name. initdb looks up the name of its user and fails without one, so it cannot run
 * under a private id. {@link serverAccount} becomes the owner of its files afterwards, before they hold any data.
 *
 * @throws UsageError if /etc/passwd has no `nobody`
 */
export function namedAccount(): Account {
  const entry = readFileSync('/etc/passwd', 'utf8').match(/^nobody:[^:]*:(\d+):(\d+):/m)
  const [uid, gid] = [Number(entry?.[1] ?? 0), Number(entry?.[2] ?? 0)]
  if (uid <= 0) {
    throw new UsageError(
      'PostgreSQL refuses to run as root, and /etc/passwd has no account `nobody` to run it under. ' +
        'Run Caseload as an ordinary user, or set DATABASE_URL.',
    )
  }
  return { uid, gid }
}

/** In a user namespace (rootless containers) only some ids can own files. Elsewhere all can, or the file does not exist. */
function isMapped(uid: number): boolean {
  try {
    const ranges = readFileSync('/proc/self/uid_map', 'utf8').trim().split('\n')
    return ranges.some(range => {
      const [inside = 0, , count = 0] = range.trim().split(/\s+/).map(Number)
      return uid >= inside && uid < inside + count
    })
  } catch {
    return true
  }
}

/** Unlike /etc/passwd, `id` also knows the accounts of directory services (LDAP, sssd). */
function isTaken(uid: number): boolean {
  const answer = spawnSync('id', ['-nu', String(uid)], { stdio: 'ignore', timeout: 10_000 })
  return answer.error !== undefined || answer.status === 0
}
