/** How bad it is. */
export type Level = 'ok' | 'warning' | 'error'

/** What one check found. */
export interface Finding {
  /** What was looked at, a word or two. */
  readonly check: string
  readonly level: Level
  /** What was found, in one sentence without a full stop; never a password, a patient's value or a file's bytes. */
  readonly found: string
  /** The command or setting that helps, null where nothing has to be done. */
  readonly remedy: string | null
}

/** All is well. */
export function ok(check: string, found: string): Finding {
  return { check, level: 'ok', found, remedy: null }
}

/** Works now, but may not for long, or is not as safe as it could be. */
export function warning(check: string, found: string, remedy: string): Finding {
  return { check, level: 'warning', found, remedy }
}

/** Runs fail, or what they publish may be lost. */
export function error(check: string, found: string, remedy: string): Finding {
  return { check, level: 'error', found, remedy }
}

/** `1 leaf`, `2 leaves`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`
}

/** The first few of some names, and how many more there are. */
export function few(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most).join(', ')
  return names.length > most ? `${shown} and ${names.length - most} more` : shown
}

/** Bytes as a person reads them: `3.2 GB`. */
export function size(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB', 'PB']
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  return `${power === 0 ? value : value.toFixed(1)} ${units[power] ?? ''}`
}
