import type { Finding, Level } from './finding.ts'

/** What a person reads: a line per finding, its remedy below it, and how many are in order. */
export function findingsText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length))
  const lines = findings.flatMap(({ level, check, found, remedy }) => [
    `${level.padEnd(7)}  ${check.padEnd(width)}  ${found}`,
    ...(remedy === null ? [] : [`${' '.repeat(width + 11)}remedy: ${remedy}`]),
  ])
  const many = (level: Level): number => findings.filter(finding => finding.level === level).length
  const errors = many('error')
  const warnings = many('warning')
  return [
    ...lines,
    '',
    `${many('ok')} in order, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}, ${errors} ${errors === 1 ? 'error' : 'errors'}.`,
    '',
  ].join('\n')
}
