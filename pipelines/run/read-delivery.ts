import { countText } from '../platform/count-text.ts'
import { mayDeliverNothing } from '../audit/lost-rows.ts'
import { requireListed } from '../landing/delivery/complete.ts'
import type { DuckDB } from '../platform/duckdb.ts'
import { RefusedError } from '../platform/errors.ts'
import { quoteConstant } from '../platform/sql.ts'
import { BatchRelations } from '../read/relations.ts'
import { scanFiles } from '../read/scan-files.ts'
import type { Batch } from '../source/batch.ts'
import { batchRelation } from '../source/input-names.ts'
import type { Input } from '../source/inputs.ts'
import type { ReadParts } from './batch-engine.ts'

/** The files of a batch, scanned, and the DuckDB that reads them; their relations are not made yet. */
export interface Delivery {
  readonly duckdb: DuckDB
  readonly relations: BatchRelations
}

/**
 * Scans the files of a batch, and opens DuckDB for them.
 *
 * @throws MissingInputError if a file has other records than its manifest says; RefusedError if no file has a record
 */
export async function readDelivery(parts: ReadParts, inputs: Readonly<Record<string, Input>>): Promise<Delivery> {
  const { batch, declared, onProgress, workFolder, masks } = parts
  const { files, manifest } = parts.delivery
  onProgress('read', countText(files.length, 'file'))
  const scanned = await scanFiles(files, inputs, mayDeliverNothing(declared) ? 'allow' : 'refuse')
  requireListed(manifest, scanned)
  const delivered = scanned.filter(file => inputs[file.input]?.static !== true)
  const records = delivered.reduce((sum, file) => sum + file.records - (file.emptyRows ?? 0), 0)
  if (records === 0 && !mayDeliverNothing(declared)) {
    const where =
      delivered.length === 0 ? 'the delivery, which has no file' : delivered.map(file => file.name).join(', ')
    throw new RefusedError(
      `Expected records, found none in ${where}. A source whose deliveries may be empty declares empty = 'allow'.`,
    )
  }
  const duckdb = await parts.openDuckDB(scanned.map(file => file.path))
  try {
    await duckdb.run(batchSql(batch, declared.zone))
  } catch (error) {
    duckdb.close()
    throw error
  }
  return { duckdb, relations: new BatchRelations({ duckdb, workFolder, masks }, inputs, scanned) }
}

/** DuckDB statement that makes the relation `batch`: what a SELECT may know of the delivery besides its files. */
function batchSql({ source, date }: Batch, zone: string): string {
  const columns = [
    `${quoteConstant(source)} as source`,
    `${quoteConstant(date)} as batch_date`,
    `${quoteConstant(zone)} as zone`,
  ]
  return `create view ${batchRelation} as select ${columns.join(', ')}`
}
