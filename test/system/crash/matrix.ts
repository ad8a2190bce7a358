import { type Fault, faults, type Outcome } from './faults.ts'
import type { Point } from './points.ts'

/** One fault at one point, and how the run is to end. */
export interface Combination {
  readonly name: string
  readonly point: Point
  readonly fault: Fault
  readonly outcome: Outcome
}

/** In a run that is disturbed there, these faults end otherwise than elsewhere. */
const otherwise: Readonly<Record<string, Outcome>> = {
  // The engine only says good-bye; the server says it too.
  'engine exit: connection cut': 'done',
  // All is published, and the next run tidies up.
  'cleanup of replaced versions: internal error': 'done',
  'cleanup of replaced versions: connection cut': 'done',
  'cleanup of replaced versions: server out of reach': 'done',
  'after commit: connection cut': 'done',
  'inside publish: connection cut': 'either',
  'inside publish: server out of reach': 'either',
  // It had failed before.
  'cleanup after a failure: command frozen, goes on': 'failed',
}

/** Why a combination makes no sense, if it makes none. */
function leftOut(
  { owner, name, answered, working }: Point,
  { needs, sqlState, name: fault }: Fault,
): string | undefined {
  const engineIsThere = owner === 'engine' || name === 'after lock' || name === 'cleanup of a dead run'
  if (needs.includes('engine') && !engineIsThere) return 'the engine has gone by then'
  if (sqlState !== undefined && answered === true) return 'the server has said yes'
  if (sqlState !== undefined && name === 'engine exit') return 'nothing is asked of the server'
  if (sqlState === '53100' && owner !== 'engine') return 'no staged row is written then'
  if (['40001', '57014'].includes(sqlState ?? '') && !/publish|before commit/.test(name)) return 'as an internal error'
  if (working === true && sqlState !== undefined && sqlState !== '57014') return 'nothing but a cancel comes so late'
  if (name === 'before commit' && fault.startsWith('command frozen')) return 'the call is one packet, sent whole or not'
  return undefined
}

/** All combinations that make sense. */
export function combinations(points: readonly Point[]): readonly Combination[] {
  return points.flatMap(point =>
    faults
      .filter(fault => leftOut(point, fault) === undefined)
      .map(fault => {
        const name = `${point.name}: ${fault.name}`
        return { name, point, fault, outcome: otherwise[name] ?? fault.outcome }
      }),
  )
}
