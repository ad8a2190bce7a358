import { batchRules } from '../../check/verdict-columns.ts'
import { doubtRule } from '../../check/doubtful-times.ts'
import { keyTooLong } from '../../check/key-length.ts'
import { columnsOf } from '../../contract/contract.ts'
import { namesOfRules } from '../../contract/rule-actions.ts'
import { allContracts } from '../../contract/tables/contracts.ts'
import { hasReadableLedger } from '../../ledger/schema-state.ts'
import { UsageError } from '../../platform/errors.ts'
import { didYouMean } from '../../platform/nearest.ts'
import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import { rejectRules } from '../../read/rejected-record.ts'

/** Which rows in quarantine a user asks for; undefined asks for all. */
export interface AskedNames {
  /** Of a table, or of an input. */
  readonly table: string | undefined
  readonly rule: string | undefined
}

/**
 * A mistyped name must not look like a table or a rule without a bad row. Besides the names that the code has, those that the
 * ledger has count: of inputs, and of tables and rules that were removed.
 *
 * @throws UsageError for another name, with the one that was probably meant
 */
export async function requireNames(session: Session, { table, rule }: AskedNames): Promise<void> {
  if (table !== undefined) await requireName(session, { ...tables, name: table, ofCode: tableNames() })
  if (rule !== undefined) await requireName(session, { ...rules, name: rule, ofCode: ruleNames() })
}

interface Kind {
  readonly what: string
  readonly statement: string
  readonly list: string
}

const tables: Kind = {
  what: 'a table, or an input of a run',
  statement: 'sql/statements/quarantine/known_tables.sql',
  list: 'caseload ls tables lists the tables, and caseload quarantine summary what has rows in quarantine.',
}

const rules: Kind = {
  what: 'a rule',
  statement: 'sql/statements/quarantine/known_rules.sql',
  list: 'caseload describe <table> lists the rules of a table, and caseload quarantine summary those with rows in quarantine.',
}

interface Asked extends Kind {
  readonly name: string
  readonly ofCode: readonly string[]
}

async function requireName(session: Session, { what, statement, list, name, ofCode }: Asked): Promise<void> {
  if (ofCode.includes(name)) return
  const found = (await hasReadableLedger(session))
    ? (await session.query<{ name: string }>(readSql(statement))).rows
    : []
  const ofLedger = found.map(row => row.name)
  if (ofLedger.includes(name)) return
  const near = didYouMean(name, [...ofCode, ...ofLedger])
  throw new UsageError(`Expected ${what}, found ${JSON.stringify(name.slice(0, 60))}.${near} ${list}`)
}

/** An input that is called like a table has a name of its own in quarantine. */
const tableNames = (): readonly string[] => allContracts().flatMap(({ table }) => [table, `${table} (input)`])

function ruleNames(): readonly string[] {
  const ofTables = allContracts().flatMap(one => namesOfRules(one.table, columnsOf(one)).map(([, rule]) => rule))
  return [...ofTables, ...batchRules, doubtRule, keyTooLong, ...rejectRules]
}
