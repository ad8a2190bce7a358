import { createHash, randomBytes } from 'node:crypto'
import type { ContractColumn } from '../contract.ts'
import { quoteConstant } from '../../platform/sql.ts'
import type { MaskKey } from './key.ts'

/** What is stored of a column: the value, nothing, or a pseudonym. Equal values of one domain have equal pseudonyms. */
export type MaskedColumn = 'keep' | 'drop' | { readonly domain: string }

/** The start of every pseudonym, which tells this way of making them from later ones. */
const pseudonymPrefix = 'p1_'

/** Identifiers with the same meaning in every source. */
const acrossSources: readonly string[] = ['person_id']

/** Columns whose values are those of another column. */
const sameAs: Readonly<Record<string, string>> = { assigned_by: 'user_id' }

/**
 * Decides what masking leaves of a column. Direct identifiers become pseudonyms. They are the same in every table for one
 * column name and source, so that joins still work. They differ between sources, so that patients of two sources never match
 * by accident, except for `person_id`, which links the same person. Every other direct column is dropped.
 *
 * @throws Error, a bug of the contract's author, if a required column would have to be dropped, or its `phi` is unknown
 */
export function maskColumn(column: ContractColumn, source: string): MaskedColumn {
  // A declaration in JavaScript can have any value here; an unknown one must not be stored unmasked.
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
  throw new Error(`${column.name} is direct, required and not an identifier: masking could neither replace nor drop it`)
}

/** True for a column of the builder `id()`: text that is never empty and has no pattern. */
function isIdentifier({ type, checks }: ContractColumn): boolean {
  const filled = checks.some(check => check.rule === 'length' && check.min === 1)
  return type.kind === 'text' && filled && !checks.some(check => check.rule === 'pattern')
}

const blockBytes = 64

/** How a column is stored: as delivered, not at all, or as an expression over the SQL of its value. */
export type ShownColumn = 'keep' | 'drop' | ((value: string) => string)

/** Makes pseudonyms inside a statement of DuckDB. */
export interface Pseudonyms {
  /** Expression of a value's pseudonym: `p1_` and 64 hexadecimal digits; null of null. */
  readonly sql: (domain: string, value: string) => string
  /** The parameters of such a statement. */
  readonly parameters: Readonly<Record<string, Uint8Array>>
}

/**
 * The HMAC-SHA-256 of `domain`, a zero byte and the value. DuckDB has SHA-256 and no HMAC, so the expression is RFC 2104
 * written out; 2,000,000 values take 2.7 s on one thread. The two pads of the key are parameters: a macro or a constant
 * would be in DuckDB's catalogue, where the SELECT of a source could read it and store it in a column. A statement can
 * reach a parameter by its name only, so the names are random, and no SELECT can contain them.
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
