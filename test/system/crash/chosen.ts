import type { Combination } from './matrix.ts'

/** What `npm test` plays; CASELOAD_CRASH_MATRIX=full (`npm run test:crash`) plays all. */
const few: readonly string[] = [
  'mid copy: engine killed',
  'mid copy: disk full',
  'commit of the stage: command killed',
  'before publish: connection cut',
  'inside publish: command frozen, goes on',
  'after commit: command killed',
  'cleanup of replaced versions: internal error',
]

/** The combinations to play. */
export function chosen(combinations: readonly Combination[]): readonly Combination[] {
  return process.env['CASELOAD_CRASH_MATRIX'] === 'full'
    ? combinations
    : combinations.filter(({ name }) => few.includes(name))
}
