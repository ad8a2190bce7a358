import type { QualityRule } from './quality-rule.ts'
import type { IdentifierSpelling } from '../contract/identifier.ts'
import type { RuleActions } from '../contract/rule-actions.ts'
import type { Counts } from '../contract/counts.ts'
import type { Input } from './inputs.ts'
import { endOfNextDay, type Schedule } from './schedule.ts'

/** What a delivery of a table means: the newest row of a key wins, the delivery is the whole list, or the first row wins. */
export type Delivery = 'upsert' | 'full' | 'insert_only'

/**
 * How the diagnoses, procedures and treatments of a visit are read. `document`: as a part of it, from the batch of its newest
 * version that spoke of the table. `entity`: each row is a fact of its own, with an id that is unique in the source, its own
 * newest version and record_status, in whatever batch its visit comes.
 */
export type Children = 'document' | 'entity'

/**
 * What happens to different rows of one key in a batch (identical ones count as `duplicate`): the newest stays and the others
 * count as `superseded`; all are quarantined (rule `conflict`), where a conflict is dangerous; or all are quarantined only if
 * one of these columns differs, and otherwise the newest stays.
 *
 * Or `number`: a column of the key numbers the rows that agree in the rest of it, so that all of them stay. The SELECT yields
 * '0' for all of them; where rows differ, the engine numbers them 0, 1, ... in the order of the files and records. That costs
 * nothing in a batch without repeated keys.
 *
 * The newest row is the one with the greatest `version` (a column that a SELECT may yield), then of the last file by name, then
 * the last record.
 */
export type OnConflict =
  'newest' | 'quarantine' | { readonly quarantine: readonly string[] } | { readonly number: string }

/**
 * Where the parents of a table's rows are: in the same `batch` (a row without its parent is quarantined), or in any batch
 * (`deferred`: the row is loaded, and the view `orphans` lists it while no batch has its parent). A parent table that the
 * source does not fill is not checked. Rows that are entities are `deferred` unless they are declared otherwise.
 */
export type References = 'batch' | 'deferred'

/**
 * Signs that a delivery is complete. All that are declared are required, or the run ends with exit 4. `{date}` stands for
 * yyyymmdd in a name.
 */
export interface Ready {
  /** A file of this name exists; it may be empty. */
  readonly marker?: string
  /**
   * A file of this name lists the delivered files: lines of `sha256sum`, or JSON
   * `{"files": [{"name": "...", "records": 1, "sha256": "...", "bytes": 1}]}`, where everything except the name is optional.
   */
  readonly manifest?: string
  /** Nothing in the landing folder has changed for this number of seconds. */
  readonly quietSeconds?: number
}

/** One staged table of a batch, and where the rows of its SELECT went. */
export interface StagedTable {
  readonly table: string
  /** Name of the staged leaf; undefined if no row was loaded. */
  readonly leaf: string | undefined
  /** Rows that the SELECT yielded. */
  readonly candidates: number
  readonly loaded: number
  /** Rows in quarantine, by rule; `parent` counts those that went with their parent. */
  readonly quarantined: Readonly<Record<string, number>>
  /** Rows removed by a named rule. */
  readonly removed: Readonly<Record<string, number>>
  /** Values that are loaded as null because they broke a rule, by column and rule: `birth_date.range`. */
  readonly dropped: Counts
  /** Loaded rows with a dropped value. */
  readonly droppedRows: number
  /** Number of values that the SELECT yielded of each column in `dropped`, without columns that masking drops. */
  readonly droppedOf: Counts
  /** Values that are loaded although they broke a rule, by `column.rule` or the name of a rule across columns. */
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
  /** Records that were quarantined whole, because they do not have the declared form. */
  readonly quarantined: number
  /** Records of a CSV file that are removed, rule `empty_row`, because they consist of separators alone. */
  readonly emptyRows?: number
  /** Fields that the source neither declares nor ignores, as a message shows them, where its input warns of them. */
  readonly unknown?: readonly string[]
  /** True for a file of another declared encoding that is valid UTF-8 but not ASCII, and so may be UTF-8 after all. */
  readonly looksUtf8?: boolean
  /** Time of the last change in milliseconds; a file that changes later is not the file that was read. */
  readonly changedAt: number
  /** Distinguishes it from another file of the same name, size and time; undefined for the copy of an object. */
  readonly identity: string | undefined
  /** The object that it is a copy of, if the landing root is an object store. */
  readonly object?: ObjectOrigin
}

/** The object of a store that a file is a copy of. */
export interface ObjectOrigin {
  /** As the store returns it, without quotes. */
  readonly etag: string
  /** Undefined if the bucket keeps no versions. */
  readonly version: string | undefined
}

/** What the engine does for one batch, in the order of {@link Transformer.load}. */
export interface BatchEngine {
  /** Hashes and counts the landing files and makes one relation of text per input. */
  read(inputs: Readonly<Record<string, Input>>): Promise<void>
  /**
   * Checks the rows of all tables and copies the accepted ones into new leaves, tables in parallel; then compares the records
   * of the files with those that were read.
   */
  stage(candidates: readonly Candidates[]): Promise<readonly StagedTable[]>
  /** The files, all of whose records were read or rejected. */
  files(): readonly ReadFile[]
}

/** The rows for one table: a SELECT over the relations of the batch. */
export interface Candidates {
  readonly table: string
  readonly select: string
}

/** Everything that was read and staged for a batch, before it is published. */
export interface LoadedBatch {
  readonly files: readonly ReadFile[]
  readonly tables: readonly StagedTable[]
}

/**
 * A transformer turns the raw files of one shape into canonical tables. A subclass declares its files and its tables and
 * puts one SELECT per table beside it, `<table>.sql`, in DuckDB's dialect, over relations named like the inputs. Every
 * relation and every SELECT has `file_no` and `record_no`; everything else is text. A SELECT may also yield `removed_by`,
 * the name of a rule under which a row is counted and left out, and `version`, which decides which row of a key is the
 * newest. A SELECT may also read `accepted_<table>`, the loaded rows of an earlier table with their types, for aggregates;
 * and `batch`, one row of text with `source`, `batch_date` and `zone`.
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
  /** The tables it fills, parents before children. */
  abstract readonly tables: readonly string[]
  /**
   * IANA zone of delivered times without an offset; a SELECT finds it in `batch.zone`. `'required'` is for a class that cannot
   * know it: then every source needs its own zone, in `zones` or in the project's configuration.
   */
  readonly zone: string = 'UTC'
  /**
   * Zones of single sources, which override `zone`: by site (`north` for `icu__north`), or by the transformer's own name for
   * the source without a site. The project's configuration overrides both.
   */
  readonly zones: Readonly<Record<string, string>> = {}
  /** Tables whose delivery is not `upsert`. */
  readonly delivery: Readonly<Record<string, Delivery>> = {}
  /** Which of diagnoses, procedures and treatments are rows of their own; `document` by default. */
  readonly children: Readonly<Record<string, Children>> = {}
  /** What happens to several rows of one key in a batch; `newest` by default. */
  readonly onConflict: Readonly<Record<string, OnConflict>> = {}
  /**
   * Columns whose identifiers the source spells in more than one way, for all tables: `{ caseless: true }` ignores case and
   * stores lower case; `{ pad: 8 }` fills digits that come with and without leading zeros up to eight. By default case and
   * zeros stay as delivered.
   */
  readonly ids: Readonly<Record<string, IdentifierSpelling>> = {}
  /** Where the parents of a table's rows are; `batch` by default, `deferred` for entities. */
  readonly references: Readonly<Record<string, References>> = {}
  /**
   * What happens to values and rows that break a rule: `drop()` loads the row without the value, `warn()` with it,
   * `quarantine()` does not load the row and is the default, and `off('reason')` checks nothing. By column (`birth_date`), rule
   * of a column (`birth_date.range`), rule across columns (`ended_before_started`) or quality check (`long_stays`, which can
   * only be off or warn), each also with a table before it.
   */
  readonly rules: RuleActions = {}
  /**
   * Whether a delivery without a record, and a table all of whose rows go to quarantine, are refused (`refuse`, the default) or
   * allowed (`allow`, or `{ visits: 'allow' }` for single tables).
   */
  readonly empty: 'refuse' | 'allow' | Readonly<Record<string, 'refuse' | 'allow'>> = 'refuse'
  /**
   * Tables of delivery `full` whose newest delivery may lack more than half of the list before it. For other tables such a
   * delivery is refused, unless the operator allows it for one run (`--allow-shrink`).
   */
  readonly shrink: Readonly<Record<string, 'refuse' | 'allow'>> = {}
  /** Signs that a delivery is complete; none by default. */
  readonly ready: Ready = {}
  /** Names of files in the landing folder that are neither inputs nor mistakes; `*` stands for any text. */
  readonly ignored: readonly string[] = []
  /** The bad-row limit of a table: `100` rows or `5%`; undefined: more than 5 % and more than 10 rows are refused. */
  readonly maxBadRows: string | undefined = undefined
  /** Quality rules over the staged rows, in addition to the shipped ones. */
  readonly quality: readonly QualityRule[] = []
  /** The days on which deliveries are expected. */
  readonly schedule: Schedule = 'daily'
  /** The time in the source's zone, `07:30`, at which a delivery that is not there is late; `24:00` is the end of the day. */
  readonly due: string = endOfNextDay.due
  /** How many days after the day of the batch that is. */
  readonly lagDays: number = endOfNextDay.lagDays

  /**
   * The steps of every batch: read, transform and check, stage. The caller audits and publishes the result.
   *
   * @param engine does the work for one batch
   * @param sql returns the SELECT of a table
   * @throws RefusedError and other subclasses of `CaseloadError`; readers see nothing that was staged
   */
  async load(engine: BatchEngine, sql: (table: string) => string): Promise<LoadedBatch> {
    await engine.read(this.inputs)
    const candidates = this.tables.map(table => ({ table, select: sql(table) }))
    const tables = await engine.stage(candidates)
    return { files: engine.files(), tables }
  }
}

/** Where the parents of a table's rows are, as the source declares it or by default. */
export function referencesOf(
  { references, children }: Pick<Transformer, 'references'> & Partial<Pick<Transformer, 'children'>>,
  table: string,
): References {
  return references[table] ?? (children?.[table] === 'entity' ? 'deferred' : 'batch')
}
