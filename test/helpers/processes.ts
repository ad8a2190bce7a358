import { readdirSync, readFileSync } from 'node:fs'

/** The processes that a process has started and that are still there. */
export function childrenOf(pid: number): readonly number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(name => Number(statOf(name).split(') ')[1]?.split(' ')[1]) === pid)
    .map(Number)
}

function statOf(name: string): string {
  try {
    return readFileSync(`/proc/${name}/stat`, 'utf8')
  } catch {
    return ''
  }
}

/** An ended process that nobody has asked after keeps its number, with an empty command line. */
export function isAlive(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`).length > 0
  } catch {
    // Gone, perhaps since we looked.
    return false
  }
}
