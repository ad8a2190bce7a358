/** Words of medicine that end in a number: `t3` and `t4` are two fields, `P12` and `P13` two patients. */
export const numberedWords: readonly string[] = (
  'icd9 icd10 icd11 cd3 cd4 cd8 cd19 t3 t4 ft3 ft4 c3 c4 il1 il6 il8 il10 b1 b6 b9 b12 d2 d3 ca125 ca153 ca199 hpv16 hpv18 ' +
  'apgar1 apgar5 apgar10'
).split(' ')

const numberOrDate = /^[-+]?[0-9][0-9.,:/ TZ+-]*$/
const uuid = /^[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i
/** `P-A-001`, `MRN-0017`; `ICD-10-CM`, `CA-125` and `SARS-CoV-2` are names. */
const hyphenedId = /^[A-Z]{1,4}(?:(?:-[A-Z0-9]+)+-\d{3,}|-0\d+)$/
const literal = /^(?:true|false|null|n\/a|nan|nil|\\n)$/i
const months = 'jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec'
const dateWithin = [
  /(?<!\d)\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?!\d)/,
  /(?<!\d)\d{1,2}[-/.]\d{1,2}[-/.]\d{4}(?!\d)/,
  /(?<!\d)(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)/,
  new RegExp(`(?<![a-z\\d])\\d{1,2}[-/. ]?(?:${months})[a-z]*[-/. ]?\\d{2,4}(?!\\d)`, 'i'),
]

/** True if a text where a name is expected is a number, a date, an id or an address. */
export const isValue = (name: string): boolean =>
  numberOrDate.test(name) ||
  uuid.test(name) ||
  name.includes('@') ||
  hyphenedId.test(name) ||
  literal.test(name) ||
  dateWithin.some(pattern => pattern.test(name))

export const hasNoLetter = (name: string): boolean => name !== '' && !/\p{L}/u.test(name)

/** Names that people choose for fields are shorter; a longer text is a note, or the label of a survey. */
const longestName = 63

/** Feeds that deliver ids as names have more than this many in one object, and no declared name beside them. */
const mostNames = 30

/**
 * The names of undeclared fields of one object, or of one header, that may be values of a patient and must not be shown: a
 * feed can deliver `{"1980-01-31": 71, "P-A-001": {}}`, and the first line of a file can be a record. These are
 *
 * - numbers, dates, ids, addresses, texts without a letter, with three digits in a row or longer than a name;
 * - names that differ only in their digits, such as `P12` and `P13`, unless a declared one is like them: `diag1`, `diag2`;
 * - all names, if there are more than 30 and no declared one is beside them.
 *
 * @param unknown the names that the source does not declare
 * @param known the declared names that were delivered beside them
 */
export function valueLikeNames(unknown: readonly string[], known: readonly string[]): ReadonlySet<string> {
  if (unknown.length > mostNames && known.length === 0) return new Set(unknown)
  const counts = new Map<string, number>()
  for (const name of unknown) counts.set(stemOf(name), (counts.get(stemOf(name)) ?? 0) + 1)
  const declared = new Set(known.map(stemOf))
  const differsInDigits = (name: string): boolean =>
    /\d/.test(plainWords(name)) && (counts.get(stemOf(name)) ?? 0) > 1 && !declared.has(stemOf(name))
  return new Set(unknown.filter(name => looksLikeValue(name) || differsInDigits(name)))
}

/** True for a single name that looks like a value, see {@link valueLikeNames}. */
export function looksLikeValue(name: string): boolean {
  const text = name.trim()
  return (
    text === '' ||
    text.length > longestName ||
    isValue(text) ||
    hasNoLetter(text) ||
    /\d{3}/.test(plainWords(text)) ||
    /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}\p{Surrogate}\uFFFD]/u.test(name)
  )
}

const stemOf = (name: string): string => name.replaceAll(/\d+/g, '9')

/** A name without the words of medicine that contain digits. */
const plainWords = (name: string): string =>
  name
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(word => !numberedWords.includes(word))
    .join(' ')
