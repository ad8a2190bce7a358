/** The server's settings for locks: the locks of all sessions are in one table of fixed size. */
export interface LockSettings {
  readonly max_locks_per_transaction: number
  readonly max_connections: number
  readonly max_prepared_transactions: number
}

/** One table and its partitions. */
export interface PartitionedTable {
  readonly table_name: string
  readonly leaves: number
  /** The table, its sources' parents and its leaves. */
  readonly relations: number
  /** Indexes of all of them. */
  readonly indexes: number
  readonly indexes_per_leaf: number
}

/** How many leaves of a table a source's newest days made. */
export interface LeafRate {
  readonly source: string
  readonly table_name: string
  readonly leaves: number
  /** At least 1. */
  readonly days: number
}

/** A query over tables as a whole, such as a view. */
export interface Reader {
  readonly name: string
  readonly tables: readonly string[]
}

/** A query and the number of locks that it takes. */
export interface Demand {
  readonly name: string
  readonly locks: number
}

/** The size of the lock table, and the locks of the query that takes the most of them, now and in a year. */
export interface LockForecast {
  readonly capacity: number
  readonly now: Demand
  readonly inAYear: Demand
  /** The max_locks_per_transaction with which that query takes at most half of the table in a year. */
  readonly advised: number
}

/** The guaranteed size of the lock table; with 6,400, PostgreSQL 18 took 9,802 locks at once, not 10,002. */
export function lockCapacity(settings: LockSettings): number {
  return settings.max_locks_per_transaction * (settings.max_connections + settings.max_prepared_transactions)
}

/** The leaves that a table gets within a year if its sources deliver as in the last days. */
function leavesInAYear(table: string, rates: readonly LeafRate[]): number {
  const perDay = rates.filter(rate => rate.table_name === table).map(rate => rate.leaves / rate.days)
  return Math.ceil(perDay.reduce((sum, one) => sum + one, 0) * 365)
}

/**
 * Forecasts the locks of the query that takes the most of them. A query over a partitioned table locks every partition and
 * every index of it, also those that it does not read.
 *
 * @param readers in addition to one query over each table
 */
export function forecastLocks(
  settings: LockSettings,
  tables: readonly PartitionedTable[],
  rates: readonly LeafRate[],
  readers: readonly Reader[],
): LockForecast {
  const all: readonly Reader[] = [
    ...tables.map(({ table_name }) => ({ name: `store.${table_name}`, tables: [table_name] })),
    ...readers,
  ]
  const now = new Map(tables.map(table => [table.table_name, table.relations + table.indexes]))
  const inAYear = new Map(
    tables.map(table => [
      table.table_name,
      (now.get(table.table_name) ?? 0) + leavesInAYear(table.table_name, rates) * (1 + table.indexes_per_leaf),
    ]),
  )
  const most = mostDemanding(all, inAYear)
  return {
    capacity: lockCapacity(settings),
    now: mostDemanding(all, now),
    inAYear: most,
    advised: advise(settings, most.locks),
  }
}

function mostDemanding(readers: readonly Reader[], locks: ReadonlyMap<string, number>): Demand {
  return readers
    .map(({ name, tables }) => ({ name, locks: tables.reduce((sum, table) => sum + (locks.get(table) ?? 0), 0) }))
    .reduce((most, one) => (one.locks > most.locks ? one : most), { name: 'nothing', locks: 0 })
}

function advise(settings: LockSettings, locks: number): number {
  const slots = settings.max_connections + settings.max_prepared_transactions
  let advised = settings.max_locks_per_transaction
  while (advised * slots < 2 * locks) advised = 2 ** Math.ceil(Math.log2(advised + 1))
  return advised
}
