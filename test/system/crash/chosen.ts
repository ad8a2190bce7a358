import type { Combination } from './matrix.ts'

/** What `npm test` plays. */
const few: readonly string[] = [
  'mid copy: engine killed',
  'mid copy: disk full',
  'commit of the stage: command killed',
  'before publish: connection cut',
  'inside publish: command frozen, goes on',
  'after commit: command killed',
  'cleanup of replaced versions: internal error',
]

/**
 * Where `npm run test:crash` freezes a process. A frozen process holds the locks of its sessions, whatever it was about to
 * send, and these points have one of each kind of session. A freeze calls three commands where another fault calls two.
 */
const frozenAt: readonly string[] = [
  'mid copy',
  'commit of the stage',
  'inside publish',
  'after commit',
  'cleanup of a dead run',
]

/**
 * The combinations to play, by CASELOAD_CRASH_MATRIX: a few without it, `most` in `npm run test:crash`, `full` where the
 * caller says so.
 */
export function chosen(combinations: readonly Combination[]): readonly Combination[] {
  switch (process.env['CASELOAD_CRASH_MATRIX']) {
    case 'full':
      return combinations
    case 'most':
      return combinations.filter(({ fault, point }) => !/ frozen, /.test(fault.name) || frozenAt.includes(point.name))
    default:
      return combinations.filter(({ name }) => few.includes(name))
  }
}
