import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/**
 * The command line of a process, with blanks between its arguments. (Its folder and program would tell more, but in a
 * container without CAP_SYS_PTRACE even root cannot read those of another user's process.)
 *
 * @returns undefined if the process does not exist; '' if it is dead and not yet reaped
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
 * The ids of all processes whose command line starts with a prefix.
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
