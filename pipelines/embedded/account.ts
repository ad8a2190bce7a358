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
 * The account under which root runs a server: PostgreSQL refuses root. It is the owner of the data folder, else an id
 * of the server's own that no account of this machine has, so that no other daemon and no user can read the data or
 * reach the socket. `nobody` is what many daemons share, so it serves only where private ids are not to be had.
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
 * An unprivileged account that has a name. initdb looks its own name up and gives up without one, so it cannot run
 * under a private id; what it made is handed to {@link serverAccount} afterwards, before it holds any data.
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

/** In a user namespace (rootless containers) only some ids can be owners; elsewhere there is no such file or all are. */
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

/** `id` also asks the directory services (LDAP, sssd) that /etc/passwd does not know of. */
function isTaken(uid: number): boolean {
  const answer = spawnSync('id', ['-nu', String(uid)], { stdio: 'ignore', timeout: 10_000 })
  return answer.error !== undefined || answer.status === 0
}
