const longMonth = '(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])'
const shortMonth = '(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)'
const february = '02-(?:0[1-9]|1[0-9]|2[0-8])'
const leapYear = '(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)'

/** Body of a pattern for the form of a day, `yyyy-mm-dd`, whether or not the calendar has it. */
export const dayForm = '[0-9]{4}-[0-9]{2}-[0-9]{2}'

/** Body of a pattern for the days that the calendar has, `yyyy-mm-dd` of the years 0000 to 9999. */
export const calendarDay = `(?:[0-9]{4}-(?:${longMonth}|${shortMonth}|${february})|${leapYear}-02-29)`
