import { UsageError } from '../../platform/errors.ts'
import { quoteName } from '../../platform/file-name.ts'
import { parseDate } from '../../source/batch.ts'

/** Gives the day in a file's name, `yyyy-mm-dd`. */
export type DayOfFile = (name: string) => string

const form = "a name with one day in braces, such as 'export_{ddMMyyyy}.csv' or '*_{yyyy-MM-dd}.csv'"

/**
 * Reads a pattern of file names with the day in braces: `yyyy`, `MM` and `dd`, each once, in any order, with anything but
 * letters between them. `*` stands for any text.
 *
 * @returns the day of a name; it throws UsageError for a name that does not match, or whose digits are no day
 * @throws UsageError for a pattern of another form
 */
export function dayPattern(pattern: string): DayOfFile {
  const [, before, day, after] = /^([^{}/]*)\{([^{}/]*)\}([^{}/]*)$/.exec(pattern) ?? []
  const parts = (day ?? '').split(/(yyyy|MM|dd)/)
  const isComplete = ['yyyy', 'MM', 'dd'].every(part => parts.filter(one => one === part).length === 1)
  if (before === undefined || after === undefined || !isComplete || parts.some(isStrange)) {
    throw new UsageError(`Expected ${form} in --day-from, found ${JSON.stringify(pattern.slice(0, 80))}.`)
  }
  const digits = parts.map(part => (isToken(part) ? `(?<${part}>\\d{${part.length}})` : escaped(part))).join('')
  const names = new RegExp(`^${anyText(before)}${digits}${anyText(after)}$`)
  return name => {
    const found = names.exec(name)?.groups
    if (found === undefined) {
      throw new UsageError(`Expected file names like ${pattern}, found ${quoteName(name)}. Nothing was landed.`)
    }
    const { yyyy = '', MM = '', dd = '' } = found
    try {
      return parseDate(`${yyyy}-${MM}-${dd}`)
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      throw new UsageError(
        `Expected a day of the calendar where ${pattern} has {${day ?? ''}}, found ${quoteName(name)}. Nothing was landed.`,
      )
    }
  }
}

const isToken = (part: string): boolean => ['yyyy', 'MM', 'dd'].includes(part)

const isStrange = (part: string): boolean => !isToken(part) && /[A-Za-z0-9*]/.test(part)

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')

const anyText = (text: string): string => text.split('*').map(escaped).join('.*')
