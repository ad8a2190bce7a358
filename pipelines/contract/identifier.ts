import { quoteConstant } from '../platform/sql.ts'
import { invisibleClass } from './invisible.ts'

/** In which ways a source may spell the same identifier. */
export interface IdentifierSpelling {
  /** True if upper and lower case are the same; the identifier is stored in lower case. */
  readonly caseless?: boolean
  /** An identifier of digits alone gets zeros on the left up to this length. */
  readonly pad?: number
}

/** The code points of Unicode's White_Space, unchanged since version 6.3. */
const blanks = String.raw`\t-\r \x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}`

const outerBlanks = new RegExp(`^[${forJavaScript(blanks)}]+|[${forJavaScript(blanks)}]+$`, 'gu')
const outerBlanksSql = quoteConstant(`^[${blanks}]+|[${blanks}]+$`)

function forJavaScript(members: string): string {
  return members.replaceAll(String.raw`\x{`, String.raw`\u{`)
}

/** The identifier without blanks around it, in Unicode's normalisation form C. A text with NUL stays as it is. */
export function cleanIdentifier(text: string): string {
  // DuckDB's nfc_normalize ends a text at its first NUL; such a text is broken in any case.
  return text.includes('\0') ? text : text.replaceAll(outerBlanks, '').normalize('NFC')
}

/**
 * SQL that is true for a text which {@link cleanIdentifierSql} may change or which may contain an invisible character: all but
 * visible ASCII. A regular expression over every identifier costs a quarter of all checks (2,380 ms of CPU became 3,020 for
 * 1,500,000 readings). In a file without control characters, which the scan of a file finds anyway, comparing lengths and ends
 * is enough, for less than a tenth. The lengths are half of that cost, and a file that is ASCII does not need them.
 *
 * @param may what a text can contain
 */
export function isOddSql(raw: string, may: { readonly control: boolean; readonly nonAscii: boolean }): string {
  if (may.control) return `not regexp_full_match(${raw}, '[!-~]*')`
  // The empty text is an unknown device. If it were odd, all rows of a ward without devices would take the slow path.
  const nonAscii = may.nonAscii ? `strlen(${raw}) <> length(${raw}) or ` : ''
  return `${nonAscii}(${raw} < '!' and ${raw} <> '') or suffix(${raw}, ' ')`
}

/** {@link cleanIdentifier} as SQL. */
export function cleanIdentifierSql(raw: string): string {
  const trimmed = `regexp_replace(${raw}, ${outerBlanksSql}, '', 'g')`
  return `case when contains(${raw}, chr(0)) then ${raw} else ${composedSql(trimmed)} end`
}

/**
 * SQL of a text in normalisation form C. DuckDB's nfc_normalize drops U+11A7 after a Hangul syllable: it takes the code point
 * before the first trailing consonant for one of them. Nothing composes with U+11A7, so the parts between are normalised.
 */
function composedSql(text: string): string {
  const parts = `list_transform(string_split(${text}, chr(4519)), lambda part: nfc_normalize(part))`
  return `case when contains(${text}, chr(4519)) then array_to_string(${parts}, chr(4519)) else nfc_normalize(${text}) end`
}

/** SQL that is true for an identifier with an invisible character. */
export function holdsInvisibleSql(text: string): string {
  return `regexp_matches(${text}, ${quoteConstant(invisibleClass)})`
}

/**
 * SQL of a clean identifier in the spelling that its source declares. Case is lowered one character at a time (Unicode's
 * simple mapping), so that no text gets longer.
 */
export function spelledSql(clean: string, { caseless = false, pad }: IdentifierSpelling): string {
  const lower = `case when contains(${clean}, chr(0)) then ${clean} else ${composedSql(`lower(${clean})`)} end`
  const folded = caseless ? `(${lower})` : clean
  if (pad === undefined) return folded
  return `case when strlen(${folded}) < ${pad} and regexp_full_match(${folded}, '[0-9]+') then lpad(${folded}, ${pad}, '0') else ${folded} end`
}
