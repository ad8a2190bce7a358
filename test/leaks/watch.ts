import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** What other users of the machine could see of a command while it ran. */
export interface Seen {
  /** Command lines of all processes. */
  readonly commands: string
  /** Environments of the command's own processes, where the system shows them. */
  readonly environments: string
}

const everyMs = 30

/** Looks at the processes again and again, from now until it is asked what it saw. */
export function watchProcesses(rootIds: readonly number[]): () => Seen {
  const commands = new Set<string>()
  const environments = new Set<string>()
  const look = (): void => {
    for (const { id, parents, command } of processes()) {
      commands.add(command)
      if (rootIds.some(root => root === id || parents().includes(root))) environments.add(environmentOf(id))
    }
  }
  look()
  const timer = setInterval(look, everyMs)
  return () => {
    clearInterval(timer)
    return { commands: [...commands].join('\n'), environments: [...environments].join('\n') }
  }
}

/** The processes that a process has started, and those that they have. */
export function descendants(root: number): readonly number[] {
  return processes().flatMap(({ id, parents }) => (parents().includes(root) ? [id] : []))
}

interface Process {
  readonly id: number
  readonly command: string
  readonly parents: () => readonly number[]
}

function processes(): readonly Process[] {
  if (process.platform !== 'linux') return listed()
  return readdirSync('/proc').flatMap(name => {
    if (!/^\d+$/.test(name)) return []
    const id = Number(name)
    return [{ id, command: fileOf(id, 'cmdline'), parents: () => parentsOf(id) }]
  })
}

function listed(): readonly Process[] {
  const lines = execFileSync('ps', ['-axwwo', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n')
  return lines.flatMap(line => {
    const [, id, parent, command = ''] = /^\s*(\d+)\s+(\d+)\s(.*)$/.exec(line) ?? []
    return id === undefined ? [] : [{ id: Number(id), command, parents: () => [Number(parent)] }]
  })
}

function parentsOf(id: number): readonly number[] {
  const parents: number[] = []
  for (let at = parentOf(id); at > 1; at = parentOf(at)) parents.push(at)
  return parents
}

/** The second field after the name, which is in parentheses and may hold anything. */
const parentOf = (id: number): number => Number(fileOf(id, 'stat').split(') ').at(-1)?.split(' ')[1] ?? 0)

const environmentOf = (id: number): string => (process.platform === 'linux' ? fileOf(id, 'environ') : '')

function fileOf(id: number, name: 'cmdline' | 'environ' | 'stat'): string {
  try {
    return readFileSync(`/proc/${id}/${name}`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}
