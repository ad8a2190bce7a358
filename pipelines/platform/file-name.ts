/** What would break a line of a log or steer a terminal: controls, invisible format characters, separators of lines. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** Names of a message at most: a folder may hold thousands. */
const shown = 10

/**
 * A delivered file's name for a message: as it is, or in quotes with escapes where a character of it would break the
 * line, so that whoever names files cannot write lines of our log.
 */
export function quoteName(name: string): string {
  if (name.search(unprintable) === -1) return name
  const escape = (char: string): string => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`
  return `"${name.replaceAll(/["\\]/g, '\\$&').replaceAll(unprintable, escape)}"`
}

/** Names for a message, joined by commas: the first ten, and how many more there are. */
export function quoteNames(names: readonly string[]): string {
  const more = names.length > shown ? ` and ${names.length - shown} more` : ''
  return names.slice(0, shown).map(quoteName).join(', ') + more
}
