import type { QualityRule } from './quality-rule.ts'
import type { IdentifierSpelling } from '../contract/identifier.ts'
import type { RuleActions } from '../contract/rule-actions.ts'
import type { Counts } from '../contract/counts.ts'
import type { Input } from './inputs.ts'
import type { Schedule } from './schedule.ts'

/** What a delivery of a table means: newest per key wins, the delivery is the whole list, or the first of a key wins. */
export type Delivery = 'upsert' | 'full' | 'insert_only'

/**
 * What becomes of several rows of one key in a batch that differ (identical ones count as `duplicate`): the newest stays
 * and the others count as `superseded`; all are quarantined (rule `conflict`), where a conflict means danger; or all are
 * quarantined only where one of these columns differs, and else the newest stays.
 *
 * Or `number`: a column of the key counts rows that agree in the rest of it, and then nobody loses. The SELECT yields '0'
 * for all of them; where rows differ, the engine numbers them 0, 1, ... in the order of the files and records. That costs
 * nothing on a batch in which no key comes twice.
 *
 * Newest is the greatest `version` (a column a SELECT may yield), then the last file by name, then the last record.
 */
export type OnConflict =
  'newest' | 'quarantine' | { readonly quarantine: readonly string[] } | { readonly number: string }

/**
 * Where the parents of a table's rows are: in the same `batch` (a row without its parent is quarantined), or anywhere
 * (`deferred`: it loads, and the view `orphans` lists what has no parent in any batch). A parent table that the source
 * does not fill is never looked for.
 */
export type References = 'batch' | 'deferred'

/**
 * Signs that a delivery is complete; all that are given must hold, or the run ends with exit 4. `{date}` stands for yyyymmdd
 * in a name.
 */
export interface Ready {
  /** A file of this name is there; it may be empty. */
  readonly marker?: string
  /**
   * A file of this name lists the delivered files: lines of `sha256sum`, or JSON
   * `{"files": [{"name": "...", "records": 1, "sha256": "...", "bytes": 1}]}`, where all but the name may be left out.
   */
  readonly manifest?: string
  /** Nothing in the landing folder changed for so many seconds. */
  readonly quietSeconds?: number
}

/** One table of a batch on its way: a SELECT over the batch's relations, and where its rows went. */
export interface StagedTable {
  readonly table: string
  /** Name of the staged leaf; undefined where no row was loaded. */
  readonly leaf: string | undefined
  /** Rows the SELECT gave. */
  readonly candidates: number
  readonly loaded: number
  /** Rows in quarantine, by rule; `parent` counts those that went with their parent. */
  readonly quarantined: Readonly<Record<string, number>>
  /** Rows removed by a named rule. */
  readonly removed: Readonly<Record<string, number>>
  /** Values that are loaded as null because they broke a rule, by column and rule: `birth_date.range`. */
  readonly dropped: Counts
  /** Loaded rows of which a value was dropped. */
  readonly droppedRows: number
  /** Values that the SELECT gave of a column in `dropped`, by column; without columns that masking drops. */
  readonly droppedOf: Counts
  /** Values that are loaded as delivered although they broke a rule, by `column.rule` or the name of a rule across columns. */
  readonly warned: Counts
}

/** One delivered file as the ledger keeps it. */
export interface ReadFile {
  readonly input: string
  /** Path under the landing root. */
  readonly name: string
  readonly bytes: number
  readonly sha256: string
  /** Records, counted independently of the parser that read them. */
  readonly records: number
  /** Records that were quarantined whole, because they are no record of the declared form. */
  readonly quarantined: number
  /** True for a file of another declared encoding that is valid UTF-8 and no ASCII, and so may be UTF-8 after all. */
  readonly looksUtf8?: boolean
  /** Time of the last change in milliseconds: a file that changes later was not the one read. */
  readonly changedAt: number
  /** Tells it from another file of its name, size and time; undefined for the copy of an object. */
  readonly identity: string | undefined
  /** The object it is a copy of, where the landing root is an object store. */
  readonly object?: ObjectOrigin
}

/** Which object of a store a file was. */
export interface ObjectOrigin {
  /** As the store gives it, without quotes. */
  readonly etag: string
  /** Undefined where the bucket keeps no versions. */
  readonly version: string | undefined
}

/** What the engine can do for one batch. Its steps stand in the order of {@link Transformer.load}. */
export interface BatchEngine {
  /** Hashes and counts the landing files and makes one relation of text per input. */
  read(inputs: Readonly<Record<string, Input>>): Promise<void>
  /**
   * Checks the rows of all tables and copies the accepted ones into new leaves, tables in parallel; then compares what
   * the files held with what was read of them.
   */
  stage(candidates: readonly Candidates[]): Promise<readonly StagedTable[]>
  /** The files, whose records were all read or rejected. */
  files(): readonly ReadFile[]
}

/** The rows offered to one table: a SELECT over the relations of the batch. */
export interface Candidates {
  readonly table: string
  readonly select: string
}

/** Everything that was read and staged for a batch; nothing of it is published yet. */
export interface LoadedBatch {
  readonly files: readonly ReadFile[]
  readonly tables: readonly StagedTable[]
}

/**
 * A transformer turns the raw files of one shape into canonical tables. A subclass declares its files and its tables and
 * puts one SELECT per table beside it, `<table>.sql`, in DuckDB's dialect, over relations named like the inputs. Every
 * relation and every SELECT has `file_no` and `record_no`; everything else is text. A SELECT may also yield `removed_by`,
 * the name of a rule under which a row is counted and left out, and `version`, by which the newest of one key is found. A
 * SELECT may read `accepted_<table>` too, the rows of an earlier table that are loaded, cast: for aggregates of them; and
 * `batch`, one row of text with `source`, `batch_date` and `zone`.
 *
 * @example
 * ```ts
 * import { csv, Transformer } from 'caseload'
 *
 * export class Vitals extends Transformer {
 *   override readonly inputs = { readings: csv({ files: ['vitals_*.csv'], columns: ['patient', 'at', 'pulse'] }) }
 *   override readonly tables = ['measurements']
 *   override readonly zone = 'Europe/Amsterdam'
 * }
 * ```
 */
export abstract class Transformer {
  /** The relations its SELECTs read, and the files behind each. */
  abstract readonly inputs: Readonly<Record<string, Input>>
  /** The canonical tables it fills, parents before children. */
  abstract readonly tables: readonly string[]
  /**
   * IANA zone of delivered times that carry no offset; a SELECT finds it in `batch.zone`. `'required'` is for a class that
   * cannot know it: then every source names its own, in `zones` or in the project's configuration, or it does not run.
   */
  readonly zone: string = 'UTC'
  /**
   * Zones of single sources, before `zone`: by site (`north` for `icu__north`), or by the transformer's own name for the
   * source without a site. What the project's configuration says goes before both.
   */
  readonly zones: Readonly<Record<string, string>> = {}
  /** Tables whose delivery is not `upsert`. */
  readonly delivery: Readonly<Record<string, Delivery>> = {}
  /** What becomes of several rows of one key in a batch; `newest` where a table is not named. */
  readonly onConflict: Readonly<Record<string, OnConflict>> = {}
  /**
   * How the source spells an identifier in more than one way, by column, the same in every table: `{ caseless: true }` for
   * one whose case says nothing, which is stored in lower case; `{ pad: 8 }` for digits that come with and without leading
   * zeros, which are filled up to eight. By default case and zeros stay as delivered.
   */
  readonly ids: Readonly<Record<string, IdentifierSpelling>> = {}
  /** Where the parents of a table's rows are; `batch` where a table is not named. */
  readonly references: Readonly<Record<string, References>> = {}
  /**
   * What becomes of values and rows that break a rule: `drop()` loads the row without the value, `warn()` with it,
   * `quarantine()` does not load the row, as where nothing is declared. By column (`birth_date`), rule of a column
   * (`birth_date.range`) or rule across columns (`ended_before_started`), each also with a table before it.
   */
  readonly rules: RuleActions = {}
  /**
   * What may end without a row: `refuse` (default) a delivery without a record and a table of which all rows go to
   * quarantine, `allow` both, or `{ visits: 'allow' }` for the tables that are named.
   */
  readonly empty: 'refuse' | 'allow' | Readonly<Record<string, 'refuse' | 'allow'>> = 'refuse'
  /**
   * Tables of delivery `full` of which the newest delivery may lack more than half of the list before it; such a delivery
   * is refused where a table is not named, unless the operator allows it for one run (`--allow-shrink`).
   */
  readonly shrink: Readonly<Record<string, 'refuse' | 'allow'>> = {}
  /** What must hold before a delivery is complete; nothing by default. */
  readonly ready: Ready = {}
  /** Files in the landing folder that are none of its inputs and no mistake: names, `*` stands for any text. */
  readonly ignored: readonly string[] = []
  /** How many rows of a table may be quarantined: `100` rows or `5%`; undefined: 5 %, and never fewer than 10 rows. */
  readonly maxBadRows: string | undefined = undefined
  /** Quality rules over the staged rows, besides those shipped with the tables. */
  readonly quality: readonly QualityRule[] = []
  /** On which days deliveries are expected. */
  readonly schedule: Schedule = 'daily'

  /**
   * The flow of every batch: read, transform and check, stage. The caller audits and publishes what this gives.
   *
   * @param engine does the work for one batch
   * @param sql gives the SELECT of a table
   * @throws RefusedError and others of `CaseloadError`; nothing staged is visible to readers then
   */
  async load(engine: BatchEngine, sql: (table: string) => string): Promise<LoadedBatch> {
    await engine.read(this.inputs)
    const candidates = this.tables.map(table => ({ table, select: sql(table) }))
    const tables = await engine.stage(candidates)
    return { files: engine.files(), tables }
  }
}
