import { countText, numberText } from '../../platform/count-text.ts'
import { type CrowdedTable, crowdedTables, manyLeaves } from '../../publish/leaf-count.ts'
import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import { error, few, type Finding, ok, warning } from './finding.ts'
import {
  forecastLocks,
  type LeafRate,
  type LockForecast,
  type LockSettings,
  type PartitionedTable,
  type Reader,
} from './lock-forecast.ts'

/** The partitions and how fast their number grows. */
export interface LeafFacts {
  readonly tables: readonly PartitionedTable[]
  readonly rates: readonly LeafRate[]
  readonly readers: readonly Reader[]
  /** Tables with many leaves, the table with the most first. */
  readonly crowded: readonly CrowdedTable[]
}

/** Counts the partitions and their growth. @param hasLedger false: the database has no ledger, which has the rates */
export async function leafFacts(session: Session, hasLedger: boolean): Promise<LeafFacts> {
  const tables = await session.query<PartitionedTable>(readSql('sql/statements/doctor/partitions.sql'))
  const views = await session.query<{ view_name: string; table_name: string }>(
    readSql('sql/statements/doctor/views.sql'),
  )
  const rates = hasLedger
    ? await session.query<LeafRate>(readSql('sql/statements/doctor/leaf_rates.sql'))
    : { rows: [] }
  const crowded = hasLedger ? await crowdedTables(session) : []
  const names = [...new Set(views.rows.map(row => row.view_name))]
  return {
    tables: tables.rows,
    rates: rates.rows,
    crowded,
    readers: names.map(name => ({
      name: `clinical.${name}`,
      tables: views.rows.filter(row => row.view_name === name).map(row => row.table_name),
    })),
  }
}

/** Whether the server has enough locks for the leaves of today and of a year. */
export function locks(settings: LockSettings, facts: LeafFacts): Finding {
  const forecast = forecastLocks(settings, facts.tables, facts.rates, facts.readers)
  const { capacity, now, inAYear } = forecast
  const found =
    `room for ${countText(capacity, 'lock')}; ${now.name} takes ${numberText(now.locks)}` +
    (inAYear.locks > now.locks ? `, ${inAYear.name} in a year ${numberText(inAYear.locks)}` : '')
  if (now.locks > capacity) return error('locks', `${found}: it may fail with SQLSTATE 53200`, moreLocks(forecast))
  if (inAYear.locks > capacity || now.locks > capacity / 2) return warning('locks', found, moreLocks(forecast))
  return ok('locks', found)
}

function moreLocks({ advised }: LockForecast): string {
  return (
    `alter system set max_locks_per_transaction = ${advised}, then restart the server; ` +
    'or fewer leaves: caseload compact <source> --before <date> --to month'
  )
}

/** Whether a table has so many leaves that you should merge old days. */
export function leaves({ tables, crowded }: LeafFacts): Finding {
  const [worst] = crowded
  if (worst === undefined) {
    const [top] = [...tables].sort((a, b) => b.leaves - a.leaves)
    const most = top === undefined || top.leaves === 0 ? 'none yet' : `at most ${words(top.leaves)} (${top.table_name})`
    return ok('leaves', most)
  }
  const each = crowded.map(one => `${one.table} ${numberText(one.leaves)}`)
  return warning(
    'leaves',
    `tables with ${manyLeaves} or more leaves: ${few(each)}; most leaves of the first are of ${worst.source}`,
    `caseload compact ${worst.source} --before <date> --to month`,
  )
}

const words = (leaves: number): string => countText(leaves, 'leaf a table', 'leaves a table')
