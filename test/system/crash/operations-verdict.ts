import type { Ending, Kind } from './operations-commands.ts'
import { month } from './operations-world.ts'

interface BatchEnding {
  readonly outcome: string
  readonly reason: string
  readonly exitCode?: number
}

/** What each kind may end with when nobody disturbs it and others work on the same batches. */
const documented: Readonly<Record<Kind, readonly number[]>> = {
  run: [0, 75],
  backfill: [0, 1, 75],
  retry: [0, 1, 75],
  plan: [0, 75],
  rollback: [0, 2, 75],
  compact: [0, 75],
  gc: [0],
}

/** Reasons of exit 1 that a person can act on, where a session was ended or an engine killed. */
const named = /connection|database|engine's process ended|\d+ of \d+ batch(?:es)? failed/i

/**
 * What is wrong with how a command ended, if anything is.
 *
 * @param wasCut sessions of all commands were ended in the meantime
 */
export function wrongEnding(ending: Ending, wasCut: boolean): string | undefined {
  const { order, code, stdout, stderr, struck } = ending
  const wrong = (what: string): string => `${order.args.join(' ')} ended with ${code ?? 'a signal'}: ${what}: ${stderr}`
  if (/this is a bug|UnhandledPromise|\n {4}at /.test(stderr + stdout)) return wrong('a bug')
  if (code === null) return struck && order.strike.how === 'command killed' ? undefined : wrong('nobody killed it')
  const disturbed = wasCut || (struck && order.strike.how === 'engine killed')
  if (order.kind === 'backfill' || order.kind === 'retry') {
    const failed = failures(stdout).filter(one => one.exitCode !== 75 && !(disturbed && named.test(one.reason)))
    if (failed.length > 0) return wrong(`failed batches: ${JSON.stringify(failed)}`)
  }
  if (documented[order.kind].includes(code)) return undefined
  if (code === 1 && disturbed && named.test(stderr)) return undefined
  if (code === 4 && order.args.includes(month.empty)) return undefined
  return wrong('not a documented exit code')
}

function failures(stdout: string): readonly BatchEnding[] {
  const all = stdout === '' ? [] : (JSON.parse(stdout) as BatchEnding[])
  return all.filter(({ outcome }) => !['published', 'skipped', 'not_delivered'].includes(outcome))
}
