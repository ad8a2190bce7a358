/** Characters that break a line of a log or control a terminal: controls, invisible format characters, line separators. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** The maximum number of names in a message: a folder may contain thousands. */
const maxNames = 10

/**
 * A delivered file's name for a message: unchanged, or quoted and escaped if a character of it would break the line. So the
 * name of a file cannot forge a line of the log.
 */
export function quoteName(name: string): string {
  if (name.search(unprintable) === -1) return name
  const escape = (char: string): string => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`
  return `"${name.replaceAll(/["\\]/g, '\\$&').replaceAll(unprintable, escape)}"`
}

/** Names for a message, joined by commas: the first ten, and the number of the rest. */
export function quoteNames(names: readonly string[]): string {
  const more = names.length > maxNames ? ` and ${names.length - maxNames} more` : ''
  return names.slice(0, maxNames).map(quoteName).join(', ') + more
}
