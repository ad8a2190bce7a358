import { readdirSync, readFileSync } from 'node:fs'

/** Measures the memory of a process and its descendants. */
export interface MemoryWatch {
  /** Ends the measurement and returns the highest sum of proportional set sizes, in bytes; 0 without /proc. */
  stop(): number
}

/**
 * Samples the memory of a process tree twice a second; shared pages count once. A higher rate would slow down the
 * measured processes: the kernel walks all pages for each sample.
 */
export function watchMemory(rootPid: number): MemoryWatch {
  let peak = 0
  const timer = setInterval(() => {
    peak = Math.max(
      peak,
      treeOf(rootPid).reduce((sum, pid) => sum + proportionalSize(pid), 0),
    )
  }, 500)
  return {
    stop: () => {
      clearInterval(timer)
      return peak
    },
  }
}

function treeOf(rootPid: number): readonly number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = read(`/proc/${name}/stat`)
    // The second field is the name in brackets, which may contain spaces; the parent is the second field after it.
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))
  }
  const tree = [rootPid]
  for (const pid of tree) tree.push(...[...parents].filter(([, parent]) => parent === pid).map(([child]) => child))
  return tree
}

function proportionalSize(pid: number): number {
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1]
  return Number(kilobytes ?? 0) * 1024
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
