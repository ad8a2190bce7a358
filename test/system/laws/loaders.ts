import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { start } from '../../helpers/cli.ts'
import type { Random } from './random.ts'
import { date, type Versions } from './versions.ts'

/** A SIGKILL for a loader. */
export interface Kill {
  /** The command, or only the process that reads and stages for it. */
  readonly whom: 'command' | 'engine'
  /** A line of the command's log after which the time runs. */
  readonly after: 'read' | 'stage' | 'publish'
  /** In milliseconds. */
  readonly delay: number
}

/** How a run went. */
export interface Outcome {
  /** Null if a signal ended it. */
  readonly code: number | null
  readonly stderr: string
  /** A signal was sent, though the run may have been over. */
  readonly killed: boolean
}

/** A kill at a random moment. */
export function randomKill(random: Random): Kill {
  const one = <T>(choices: readonly [T, ...T[]]): T => choices[Math.floor(random() * choices.length)] ?? choices[0]
  return {
    whom: one(['command', 'command', 'engine']),
    after: one(['read', 'stage', 'publish', 'publish']),
    delay: random() * 60,
  }
}

/** Runs the next version of a source's batch, and notes it if it was published. */
export async function replace(url: string, versions: Versions, source: string, kill?: Kill): Promise<Outcome> {
  const { version, landing } = versions.next(source)
  for (;;) {
    const outcome = await run(url, source, landing, kill)
    if (outcome.code === 0) versions.published(source, version)
    // The session of a killed command lives on until the server has noticed.
    if (outcome.code !== 75) return outcome
    await sleep(100)
  }
}

async function run(url: string, source: string, landing: string, kill: Kill | undefined): Promise<Outcome> {
  const command = start(['run', source, date, '--landing', landing], { url })
  let stderr = ''
  let killed = false
  let armed = kill !== undefined
  command.stderr?.on('data', chunk => {
    stderr += String(chunk)
    if (!armed || kill === undefined || !stderr.includes(` ${kill.after}: `)) return
    armed = false
    void sleep(kill.delay).then(() => {
      killed = send(kill.whom, command.pid)
    })
  })
  // Not 'close': the engine of a killed command may live a little longer and keeps the pipes.
  await once(command, 'exit')
  return { code: command.exitCode, stderr, killed }
}

function send(whom: Kill['whom'], pid: number | undefined): boolean {
  if (pid === undefined) return false
  try {
    const engines = whom === 'engine' ? childrenOf(pid) : []
    for (const target of whom === 'engine' ? engines : [pid]) process.kill(target, 'SIGKILL')
    return whom === 'command' || engines.length > 0
  } catch {
    // It was over before.
    return false
  }
}

/** The processes that a process has started; Linux tells. */
function childrenOf(pid: number): number[] {
  const listed = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return listed === '' ? [] : listed.split(' ').map(Number)
}
