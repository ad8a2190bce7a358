import { countText } from '../../platform/count-text.ts'

/** How serious a finding is. */
export type Level = 'ok' | 'warning' | 'error'

/** What one check found. */
export interface Finding {
  /** What was checked, one or two words. */
  readonly check: string
  readonly level: Level
  /** What was found, in one sentence without a full stop; never a password, a patient's value or a file's bytes. */
  readonly found: string
  /** The command or setting that helps; null if no action is needed. */
  readonly remedy: string | null
}

/** No problem. */
export function ok(check: string, found: string): Finding {
  return { check, level: 'ok', found, remedy: null }
}

/** Works now, but may fail later, or is less safe than it could be. */
export function warning(check: string, found: string, remedy: string): Finding {
  return { check, level: 'warning', found, remedy }
}

/** Runs fail, or published rows may be lost. */
export function error(check: string, found: string, remedy: string): Finding {
  return { check, level: 'error', found, remedy }
}

/** The first few of some names, and the number of the others. */
export function few(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most).join(', ')
  return names.length > most ? `${shown} and ${names.length - most} more` : shown
}

/** Bytes for a person: `3.2 GB`. */
export function size(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB', 'PB']
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  return `${power === 0 ? value : value.toFixed(1)} ${units[power] ?? ''}`
}

/** Findings for a person: one line each, with its remedy below, and the numbers of each level. */
export function findingsText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length))
  const lines = findings.flatMap(({ level, check, found, remedy }) => [
    `${level.padEnd(7)}  ${check.padEnd(width)}  ${found}`,
    ...(remedy === null ? [] : [`${' '.repeat(width + 11)}remedy: ${remedy}`]),
  ])
  const many = (level: Level): number => findings.filter(finding => finding.level === level).length
  return [
    ...lines,
    '',
    `${many('ok')} in order, ${countText(many('warning'), 'warning')}, ${countText(many('error'), 'error')}.`,
    '',
  ].join('\n')
}
