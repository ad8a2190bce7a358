import { quoteConstant } from '../platform/sql.ts'

/** A number as feeds write it: digits, a point and decimals, an exponent. A double's exponent has at most three digits. */
const form = '^(-?)([0-9]+)(?:[.]([0-9]+))?(?:[eE]([+-]?[0-9]{1,3}))?$'
const numeral = new RegExp(form, 'u')

/**
 * The same number in plain notation, digit by digit, without superfluous zeros: `1.036e+04` is `10360`, `5e-05` is `0.00005`,
 * `1.0` is `1`. No double is involved. A text that is not a number stays as it is.
 */
export function writtenOut(text: string): string {
  const found = numeral.exec(text)
  if (found === null) return text
  const [, sign = '', whole = '', decimals = '', exponent = '0'] = found
  const point = whole.length + Number(exponent)
  const digits = `${'0'.repeat(Math.max(0, 1 - point))}${whole}${decimals}`.padEnd(Math.max(point, 1), '0')
  const at = Math.max(point, 1)
  const plain = `${digits.slice(0, at)}.${digits.slice(at)}`
  return sign + plain.replace(/[.]?0*$/u, '').replace(/^0+(?=[0-9])/u, '')
}

/**
 * DuckDB expression of {@link writtenOut}. DuckDB's own cast to DECIMAL(18, 6) reads an exponent, but turns 1e38 times a
 * number of 38 decimals into 0, and 100000000000000000000e-10 into null. Use this only for a text that is not a plain number:
 * it costs many times what a pattern does.
 */
export function writtenOutSql(raw: string): string {
  // If a column of the relation had the name of the lambda's parameter, DuckDB would read the column.
  const n = 'caseload_number'
  const parts = `regexp_extract(${raw}, ${quoteConstant(form)}, ['sign', 'whole', 'decimals', 'exponent'])`
  const point = `len(${n}.whole) + coalesce(try_cast(${n}.exponent as integer), 0)`
  const placed = `{'sign': ${n}.sign, 'digits': ${n}.whole || ${n}.decimals, 'point': ${point}}`
  const before = `repeat('0', greatest(0, 1 - ${n}.point))`
  const behind = `repeat('0', greatest(0, ${n}.point - len(${n}.digits)))`
  const padded = `{'sign': ${n}.sign, 'digits': ${before} || ${n}.digits || ${behind}, 'at': greatest(1, ${n}.point)}`
  const plain = `regexp_replace(${n}.digits[:${n}.at] || '.' || ${n}.digits[${n}.at + 1:], '[.]?0*$', '')`
  const written = `${n}.sign || regexp_replace(${plain}, '^0+([0-9])', '\\1')`
  const each = (list: string, result: string): string => `list_transform(${list}, lambda ${n}: ${result})`
  const all = each(each(each(`[${parts}]`, placed), padded), written)
  return `case when regexp_full_match(${raw}, ${quoteConstant(form)}) then ${all}[1] else ${raw} end`
}

/** DuckDB expression of a number's text that its casts read exactly. */
export function castableSql(raw: string): string {
  return `case when contains(${raw}, 'e') or contains(${raw}, 'E') then ${writtenOutSql(raw)} else ${raw} end`
}
