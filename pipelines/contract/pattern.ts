/** A pattern may consist of literals, groups without capture, classes, alternatives and counts. */
const literal = String.raw`[^\\.^$()[\]{}|*+?\0]|\\[\\.^$()[\]{}|*+?/]`
const classMember = String.raw`[^\\[\]^&~\0]|\\[\\[\]^\-]`
const count = String.raw`\{\d{1,3}(?:,\d{0,3})?\}`
const subset = new RegExp(`^(?:${literal}|\\(\\?:|\\)|\\||[*+?]|${count}|\\[\\^?(?:${classMember})+\\])*$`, 'u')

/**
 * Turns the body of a regular expression into a pattern that JavaScript (flag `u`) and DuckDB's RE2 read alike.
 *
 * Allowed are literals, `[...]` of characters and ranges, `(?:...)`, `|`, `*`, `+`, `?` and `{n,m}` up to 999. The two
 * engines read the rest differently, such as `\s` and `.`, or only one of them has it, such as lookahead and back-references.
 *
 * @param body what the whole text must match, without anchors
 * @throws Error, a bug of the contract's author, if the body contains anything else or is not a regular expression
 */
export function anchoredPattern(body: string): string {
  if (!subset.test(body)) {
    throw new Error(
      `The pattern ${body} contains something that JavaScript and RE2 may read differently. Write it with literals, ` +
        '[...], (?:...), |, *, +, ? and {n,m}.',
    )
  }
  const pattern = `^(?:${body})$`
  new RegExp(pattern, 'u')
  return pattern
}

const longMonth = '(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])'
const shortMonth = '(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)'
const february = '02-(?:0[1-9]|1[0-9]|2[0-8])'
const leapYear = '(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)'

/** Body of a pattern for the form of a day, `yyyy-mm-dd`, also of days that do not exist. */
export const dayForm = '[0-9]{4}-[0-9]{2}-[0-9]{2}'

/** Body of a pattern for the days of the calendar, `yyyy-mm-dd` of the years 0000 to 9999. */
export const calendarDay = `(?:[0-9]{4}-(?:${longMonth}|${shortMonth}|${february})|${leapYear}-02-29)`
