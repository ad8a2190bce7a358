import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { commandOf } from '../../../pipelines/platform/processes.ts'

/** What other users of the machine could see of a command while it ran. */
export interface Seen {
  /** Command lines of the command's own processes, and titles of all PostgreSQL's. */
  readonly commands: string
  /** Environments of the command's own processes, where the system shows them. */
  readonly environments: string
}

const everyMs = 50

/** Looks at the processes again and again, from now until it is asked what it saw. */
export function watchProcesses(rootIds: readonly number[]): () => Seen {
  const commands = new Set<string>()
  const environments = new Map<number, string>()
  const look = (): void => {
    const parents = parentsById()
    for (const id of parents.keys()) {
      const isOwn = rootIds.some(root => isBelow(root, id, parents))
      const command = commandOf(id) ?? ''
      if (isOwn || command.startsWith('postgres:')) commands.add(command)
      if (isOwn && !environments.has(id)) environments.set(id, environmentOf(id))
    }
  }
  look()
  const timer = setInterval(look, everyMs)
  return () => {
    clearInterval(timer)
    return { commands: [...commands].join('\n'), environments: [...environments.values()].join('\n') }
  }
}

/** The processes that a process has started, and those that they have. */
export function descendants(root: number): readonly number[] {
  const parents = parentsById()
  return [...parents.keys()].filter(id => id !== root && isBelow(root, id, parents))
}

function isBelow(root: number, id: number, parents: ReadonlyMap<number, number>): boolean {
  let at: number | undefined = id
  while (at !== undefined && at !== root && at > 1) at = parents.get(at)
  return at === root
}

function parentsById(): ReadonlyMap<number, number> {
  if (process.platform !== 'linux') {
    const listing = execFileSync('ps', ['-axo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
    return new Map(listing.map(line => line.trim().split(/\s+/).map(Number) as [number, number]))
  }
  const ids = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  // The second field after the name, which is in parentheses and may hold anything.
  return new Map(ids.map(id => [Number(id), Number(fileOf(id, 'stat').split(') ').at(-1)?.split(' ')[1] ?? 0)]))
}

const environmentOf = (id: number): string => (process.platform === 'linux' ? fileOf(String(id), 'environ') : '')

/** Empty for a process that has just ended, or that we may not look into. */
function fileOf(id: string, name: 'environ' | 'stat'): string {
  try {
    return readFileSync(`/proc/${id}/${name}`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}
