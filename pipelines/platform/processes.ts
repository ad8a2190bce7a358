import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/**
 * The command line of a process, its arguments parted by blanks. (Its folder and program would say more, but in a
 * container without CAP_SYS_PTRACE not even root can read those of another user's process.)
 *
 * @returns undefined if there is no such process; '' for one that is dead and not yet reaped
 */
export function commandOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux')
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trimEnd()
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).trim()
  } catch {
    return undefined
  }
}

/**
 * The ids of all processes whose command line starts so.
 *
 * @param prefix such as `postgres: caseload_0a1b2c3d: `
 */
export function processesTitled(prefix: string): number[] {
  return processIds().filter(pid => commandOf(pid)?.startsWith(prefix) === true)
}

function processIds(): number[] {
  if (process.platform === 'linux') {
    return readdirSync('/proc').flatMap(name => (/^\d+$/.test(name) ? [Number(name)] : []))
  }
  const listing = execFileSync('ps', ['-axo', 'pid='], { encoding: 'utf8' })
  return listing.trim().split(/\s+/).map(Number)
}
