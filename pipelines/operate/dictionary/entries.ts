import type { Phi } from '../../contract/column.ts'
import type { RuleAction } from '../../contract/rule-actions.ts'
import type { Severity } from '../../source/quality-rule.ts'
import type { ViewDescription } from '../../ledger/describe-views.ts'
import type { MartKind } from '../../marts/mart-header.ts'

/** What the dictionary says of a source, a table or a view: plain JSON. */
export type Entry = SourceEntry | TableEntry | ViewEntry

/** One table of schema `store`. */
export interface TableEntry {
  readonly kind: 'table'
  readonly name: string
  readonly schema: 'store'
  readonly grain: string
  /** With `source` and `batch_date`, which end every key. */
  readonly key: readonly string[]
  readonly parents: readonly {
    readonly table: string
    readonly columns: readonly string[]
    readonly versioned: boolean
  }[]
  readonly columns: readonly ColumnEntry[]
  readonly rules: readonly RuleEntry[]
  readonly checks: readonly CheckEntry[]
  readonly filled_by: readonly FillEntry[]
}

/** One column of a table; what does not apply is null. */
export interface ColumnEntry {
  readonly name: string
  readonly type: string
  readonly nullable: boolean
  readonly phi: Phi
  readonly description: string
  readonly unit: string | null
  readonly default: string | null
  readonly pattern: string | null
  readonly values: readonly string[] | null
  readonly least: number | string | null
  readonly most: number | string | null
  readonly min_length: number | null
  readonly max_length: number | null
}

/** One rule of a table: of a column, or across columns. */
export interface RuleEntry {
  /** As a source names it in its `rules`: `birth_date.range`, `ended_before_started`. */
  readonly name: string
  /** Null for a rule across columns. */
  readonly column: string | null
  /** What is wrong with a value or row that breaks it. */
  readonly broken: string
  /** What happens then, unless a source declares otherwise. */
  readonly action: RuleAction['kind']
  /** The file of a rule across columns; null for a rule of the contract. */
  readonly file: string | null
  /** The sources that declare something else. */
  readonly changes: readonly RuleChange[]
}

/** What a source declares for a rule. */
export interface RuleChange {
  readonly source: string
  readonly action: RuleAction['kind']
  /** Null if the source gives none. */
  readonly reason: string | null
}

/** A quality check of a table. */
export interface CheckEntry {
  readonly name: string
  readonly table: string
  readonly severity: Severity
  /** The file, or the class that declares it. */
  readonly from: string
}

/** A source that fills a table. */
export interface FillEntry {
  readonly source: string
  readonly table: string
  readonly delivery: string
  /** Whether rows of a visit are a part of it, or entities of their own. */
  readonly children: string
  readonly references: string
  /** What happens to several rows of one key. */
  readonly on_conflict: string
  /** The file of its SELECT. */
  readonly select: string
}

/** One view of schema `clinical`. */
export interface ViewEntry extends Omit<ViewDescription, 'grain' | 'columns'> {
  readonly kind: 'view'
  readonly schema: 'clinical'
  readonly grain: string | null
  /** Its table in schema mart, if a database has marts; null for a view without one. */
  readonly mart: { readonly computed_by: MartKind; readonly indexes: readonly string[] } | null
  /** Null where only a database knows them. */
  readonly columns: readonly ViewColumnEntry[] | null
}

/** One column of a view; what is not known without a database is null. */
export interface ViewColumnEntry {
  readonly name: string
  readonly type: string | null
  readonly phi: Phi | null
  readonly description: string | null
}

/** One source. */
export interface SourceEntry {
  readonly kind: 'source'
  readonly name: string
  /** The file of its class. */
  readonly class: string
  readonly zone: string
  readonly zones: Readonly<Record<string, string>>
  readonly schedule: string
  readonly ready: readonly string[]
  readonly max_bad_rows: string | null
  readonly inputs: readonly InputEntry[]
  readonly tables: readonly FillEntry[]
  /** The rules that it changes, as it names them. */
  readonly rules: readonly { readonly rule: string; readonly action: RuleAction['kind'] }[]
  readonly checks: readonly CheckEntry[]
}

/** One kind of file of a source. */
export interface InputEntry {
  readonly name: string
  readonly format: string
  readonly files: readonly string[]
  readonly required: boolean
  /** True if it does not come with each delivery. */
  readonly static: boolean
  /** Columns of CSV, top-level fields of JSON. */
  readonly fields: readonly string[]
}
