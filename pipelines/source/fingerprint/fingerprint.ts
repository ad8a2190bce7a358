import { createHash, createHmac } from 'node:crypto'
import { contractFor } from '../../contract/tables/contracts.ts'
import type { MaskKey } from '../../contract/mask/key.ts'
import type { Source } from '../load-source.ts'
import { contractDefinition, definitionText } from './contract-definition.ts'
import { hashSourceCode } from './source-code.ts'

/**
 * Which rows the engine makes of the same files, the same source and the same contracts. Raise it by one in the commit
 * after which any delivery ends in other rows, other quarantine or other values: how files are read and cast, how duplicates
 * are settled, what a mask leaves, a DuckDB that answers differently. Do not raise it for speed, messages, new commands or
 * new columns of the ledger: afterwards every published batch is stale, and a backfill loads them all again.
 */
const engineSemantics = 3

/** What decides which rows a delivery becomes, besides its files. */
export interface RunFingerprint {
  /**
   * SHA-256 of the source's code in hexadecimal; where rows are masked, `:` and a tag of the key follow. The mask is part of
   * this hash and not of the contract's, because a key does not change any contract.
   */
  readonly codeHash: string
  /** IANA zone of times without an offset; not part of `codeHash`, because the project may name it. */
  readonly zone: string
  /** SHA-256 over the contracts of the tables it fills, in hexadecimal. */
  readonly contractHash: string
  readonly engineSemantics: number
  /** The input of `contractHash`: each table's contract as text; equal contracts give equal text. */
  readonly contracts: readonly TableContract[]
}

/** The contract of one table. */
export interface TableContract {
  readonly table: string
  /** JSON. */
  readonly definition: string
}

/**
 * The fingerprint that a run of a source records, of the code as it is at the first call in this process.
 *
 * @param source a loaded source
 * @param mask undefined if rows are stored as delivered
 */
export function runFingerprint(
  source: Pick<Source, 'folder' | 'transformer'>,
  mask: MaskKey | undefined,
): RunFingerprint {
  const { rules, tables } = source.transformer
  const contracts = [...tables].sort().flatMap(table => {
    const contract = contractFor(table)
    return contract === undefined ? [] : [{ table, definition: definitionText(contractDefinition(contract, rules)) }]
  })
  const code = loadedCode(source.folder)
  return {
    codeHash: mask === undefined ? code : `${code}:${maskTag(mask)}`,
    zone: source.transformer.zone,
    contractHash: createHash('sha256').update(JSON.stringify(contracts)).digest('hex'),
    engineSemantics,
    contracts,
  }
}

const hashes = new Map<string, string>()

/**
 * The hash of the code that this process has loaded. If a class is replaced while a backfill runs, the days after that are
 * still made by the old class, and must be stale afterwards.
 */
function loadedCode(folder: string): string {
  const code = hashes.get(folder) ?? hashSourceCode(folder)
  hashes.set(folder, code)
  return code
}

/** Differs between two keys and reveals nothing else about them. */
function maskTag({ secret }: MaskKey): string {
  return createHmac('sha256', Buffer.from(secret, 'utf8')).update('caseload fingerprint').digest('hex').slice(0, 16)
}
