import { contractFor } from '../contract/tables/contracts.ts'
import { countText } from '../platform/count-text.ts'
import pLimit from 'p-limit'
import { type CheckContext, type CheckedTable, checkTables } from '../check/check-tables.ts'
import { withTableInError } from '../check/describe-select.ts'
import { doubtRefusal, doubtRule } from '../check/doubtful-times.ts'
import { furtherIndexes } from '../check/key-length.ts'
import { compareZone, engineClock, serverClock } from '../check/zones/compare-rules.ts'
import type { ZoneDifference } from '../check/zones/differences.ts'
import type { Batch } from '../source/batch.ts'
import type { Attempt } from '../read/load-strategy.ts'
import type { Candidates, StagedTable } from '../source/transformer.ts'
import { quarantineWriter, type QuarantineWriter } from '../stage/quarantine-writer.ts'
import { rejectedRow } from '../stage/rejected-row.ts'
import { type RejectedCandidate, stageTable } from '../stage/stage-table.ts'
import type { EngineParts, ReadParts } from './batch-engine.ts'
import type { Delivery } from './read-delivery.ts'

/** Tables copied at once; each costs a server process and a stream of DuckDB. */
const parallelTables = 4

/**
 * Checks the candidates of a batch and stages all its tables, several at once, each over its own session. Either all tables and
 * the quarantine are staged, or this throws.
 */
export async function stageTables(
  parts: EngineParts,
  delivery: Delivery,
  candidates: readonly Candidates[],
  keys: Attempt['keys'],
): Promise<readonly StagedTable[]> {
  const { meter, selectPath, openSession } = parts
  meter.start()
  const checked = await checkDelivery(parts, delivery, candidates, keys, {
    indexes: await furtherIndexes(openSession),
    compareZone: zone => compareZoneOnce(parts, delivery, zone),
  })
  const writer = quarantineWriter(openSession, parts)
  const stop = new AbortController()
  const limit = pLimit(parallelTables)
  const silentOn = silentTables(candidates, checked)
  const staging = checked.map(table =>
    limit(() =>
      withTableInError(selectPath(table.contract.table), () =>
        stageOne(parts, delivery, table, { writer, silentOn, signal: stop.signal }),
      ),
    ).catch((error: unknown) => {
      stop.abort(error)
      throw error
    }),
  )
  // All of them end before the outcome is decided: a leaf that is committed later would be left over.
  await Promise.allSettled(staging)
  meter.end()
  try {
    stop.signal.throwIfAborted()
    const staged = await Promise.all(staging)
    await writer.commit()
    return staged
  } catch (error) {
    await writer.rollback()
    throw error
  }
}

/** What depends on the target: without a server, further indexes and zone rules are not compared. */
export type TargetChecks = Pick<CheckContext, 'indexes' | 'compareZone' | 'findsNumbered'>

/** Checks the candidates of a delivery. */
export function checkDelivery(
  { batch, declared, mask, selectPath }: ReadParts,
  { duckdb, relations }: Delivery,
  candidates: readonly Candidates[],
  keys: Attempt['keys'],
  target: TargetChecks,
): Promise<readonly CheckedTable[]> {
  return checkTables(
    {
      duckdb,
      batch,
      declared,
      relations: relations.names,
      isDelivered: reads => relations.isDelivered(reads),
      mayHoldNul: relations.files.some(file => file.mayHoldNul),
      mayHoldControl: relations.files.some(file => file.mayHoldControl),
      mayHoldNonAscii: relations.files.some(file => file.mayHoldNonAscii),
      mask,
      keys,
      selectPath,
      ...target,
    },
    candidates,
  )
}

/** The children of visits of which the batch says nothing, because none of the files that their SELECT reads came. */
function silentTables(candidates: readonly Candidates[], checked: readonly CheckedTable[]): readonly string[] {
  return candidates
    .map(({ table }) => table)
    .filter(table => !checked.some(({ contract }) => contract.table === table))
    .filter(table => contractFor(table)?.references.some(one => one.table === 'visits' && one.versioned))
    .sort()
}

interface StageOnce {
  readonly writer: QuarantineWriter
  readonly silentOn: readonly string[]
  readonly signal: AbortSignal
}

async function stageOne(
  { batch, runId, openSession, meter, onProgress }: EngineParts,
  { duckdb, relations }: Delivery,
  table: CheckedTable,
  { writer, silentOn, signal }: StageOnce,
): Promise<StagedTable> {
  signal.throwIfAborted()
  const session = await openSession()
  try {
    const staged = await stageTable(duckdb, session, {
      batch,
      runId,
      table: table.contract.table,
      checked: table.select,
      silentOn: table.contract.table === 'visits' ? silentOn : [],
      emptyRows: relations.emptyRows(table.reads),
      signal,
      onRejected: rows => {
        requireCertainTimes(batch, table, rows)
        return writer.write(rows.map(row => rejectedRow(table, row, relations.fileName(row.fileNo))))
      },
      onCopied: rows => {
        meter.add(rows)
      },
      onRecord: (fileNo, recordNo) => {
        relations.noteRecord(fileNo, recordNo)
      },
    })
    onProgress('stage', `${staged.table} ${countText(staged.loaded, 'row')}`)
    return staged
  } finally {
    await session.end().catch(() => undefined)
  }
}

/** Takes 0.1 s a zone, once a process: of a backfill only the first batch pays it. */
async function compareZoneOnce(
  { comparedZones, openSession }: EngineParts,
  { duckdb }: Delivery,
  zone: string,
): Promise<readonly ZoneDifference[]> {
  const known = comparedZones?.get(zone)
  if (known !== undefined) return known
  if (zone === 'UTC') return []
  const session = await openSession()
  try {
    const found = await compareZone(zone, engineClock(duckdb), serverClock(session))
    comparedZones?.set(zone, found)
    return found
  } finally {
    await session.end().catch(() => undefined)
  }
}

/** @throws UsageError if a row holds a local time that DuckDB and PostgreSQL convert differently */
function requireCertainTimes(
  batch: Batch,
  { contract, select, doubts }: CheckedTable,
  rows: readonly RejectedCandidate[],
): void {
  const found = rows.map(row => select.rules[row.rule]).find(rule => rule?.rule === doubtRule)
  if (found !== undefined) throw doubtRefusal(`${contract.table}.${String(found.column)}`, doubts, batch.date)
}
