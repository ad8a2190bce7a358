import { createHash, randomBytes } from 'node:crypto'
import type { ContractColumn } from '../contract.ts'
import { quoteConstant } from '../../platform/sql.ts'
import type { MaskKey } from './key.ts'

/** What is stored of a column: the value, nothing, or a pseudonym that is the same wherever the domain is. */
export type MaskedColumn = 'keep' | 'drop' | { readonly domain: string }

/** What every pseudonym begins with, so that a later way to make them can be told from this one. */
export const pseudonymPrefix = 'p1_'

/** Identifiers that mean the same in every source. */
const acrossSources: readonly string[] = ['person_id']

/** Columns that hold what another column identifies. */
const sameAs: Readonly<Record<string, string>> = { assigned_by: 'user_id' }

/**
 * Decides what masking leaves of a column. Direct identifiers become pseudonyms: of one column name and source the same in
 * every table, so that joins hold; of two sources different ones, so that patients of two sources never meet by accident,
 * but for `person_id`, which says who is the same. All else that identifies a person directly is dropped.
 *
 * @throws Error, a bug of the contract's author, if a required column would have to be dropped, or the tag is none we know
 */
export function maskColumn(column: ContractColumn, source: string): MaskedColumn {
  // The compiler knows three tags; what was declared in JavaScript may hold any, and none of those is stored as it is.
  const phi: string = column.phi
  if (phi === 'quasi' || phi === 'none') return 'keep'
  if (phi !== 'direct') {
    throw new Error(
      `${column.name} has a phi that is neither direct, quasi nor none: masking cannot tell what may stay`,
    )
  }
  if (isIdentifier(column)) {
    const name = sameAs[column.name] ?? column.name
    return { domain: acrossSources.includes(name) ? name : `${source}/${name}` }
  }
  if (column.nullable) return 'drop'
  throw new Error(`${column.name} is direct, required and no identifier: masking could neither replace nor drop it`)
}

/** True for what the builder `id()` makes: text that is never empty and has no form of its own. */
function isIdentifier({ type, checks }: ContractColumn): boolean {
  const filled = checks.some(check => check.rule === 'length' && check.min === 1)
  return type.kind === 'text' && filled && !checks.some(check => check.rule === 'pattern')
}

const blockBytes = 64

/** How a column is shown: as delivered, not at all, or by an expression over the SQL of its value. */
export type ShownColumn = 'keep' | 'drop' | ((value: string) => string)

/** Makes pseudonyms inside a statement of DuckDB. */
export interface Pseudonyms {
  /** Expression of a value's pseudonym: `p1_` and 64 hexadecimal digits; null of null. */
  readonly sql: (domain: string, value: string) => string
  /** The parameters that such a statement is run with. */
  readonly parameters: Readonly<Record<string, Uint8Array>>
}

/**
 * The HMAC-SHA-256 of `domain`, a zero byte and the value. DuckDB has SHA-256 and no HMAC, so the expression is RFC 2104
 * written out; 2,000,000 values take 2.7 s on one thread. The two pads of the key are parameters: a macro or a constant
 * would stand in DuckDB's catalogue, where the SELECT of a source could read it and store it in a column. A statement can
 * reach a parameter by its name only, so the names are random, and no SELECT can hold them.
 */
export function pseudonymsOf(key: MaskKey): Pseudonyms {
  const secret = Buffer.from(key.secret, 'utf8')
  const block = Buffer.alloc(blockBytes)
  const short = secret.length > blockBytes ? createHash('sha256').update(secret).digest() : secret
  short.copy(block)
  const name = `caseload_${randomBytes(16).toString('hex')}`
  const outer = `${name}_outer`
  const inner = `${name}_inner`
  return {
    sql: (domain, value) => {
      const message = `encode(${quoteConstant(domain)}) || '\\x00'::blob || encode(${value})`
      return `'${pseudonymPrefix}' || sha256($${outer}::blob || unhex(sha256($${inner}::blob || ${message})))`
    },
    parameters: { [outer]: block.map(byte => byte ^ 0x5c), [inner]: block.map(byte => byte ^ 0x36) },
  }
}
