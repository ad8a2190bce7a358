import { statSync } from 'node:fs'
import pLimit from 'p-limit'
import type { Batch } from '../batch.ts'
import { checkedSelect, type CheckedSelect } from '../contract/check-sql.ts'
import { canonical } from '../contract/canonical.ts'
import { DuckDbError } from '../duckdb-error.ts'
import type { DuckDB } from '../duckdb.ts'
import { RefusedError, UsageError } from '../errors.ts'
import type { Input } from '../inputs.ts'
import { listLanding } from '../landing.ts'
import type { Session } from '../postgres.ts'
import { csvRelationSql, readHeader } from '../read/csv-relation.ts'
import { explainShape, jsonRelationSql, rawRecordsSql, shapeColumn } from '../read/json-relation.ts'
import { scanFile, type ScannedFile } from '../read/scan-file.ts'
import { quoteIdent } from '../sql.ts'
import type { BatchEngine, CheckedTable, ReadFile, StagedTable } from '../transformer.ts'
import { stageTable } from './stage-table.ts'

/** What a batch is worked on with. */
export interface EngineParts {
  readonly batch: Batch
  readonly runId: string
  /** Landing root, absolute. */
  readonly landing: string
  /** IANA zone of times without an offset. */
  readonly zone: string
  /** Opens DuckDB, allowed to read exactly these paths. */
  readonly openDuckDB: (allowedPaths: readonly string[]) => Promise<DuckDB>
  /** Opens one more session on the target. */
  readonly openSession: () => Promise<Session>
  /** Told the stage and how far it is. */
  readonly onProgress: (stage: 'read' | 'stage', detail: string) => void
}

interface Relation {
  readonly input: Input
  readonly files: readonly ScannedFile[]
  /** Highest record seen of each file. */
  readonly seen: number[]
}

interface Checked extends CheckedTable {
  readonly select: CheckedSelect
  readonly key: readonly string[]
  /** The relations the SELECT reads. */
  readonly relation: Relation | undefined
}

/** Tables copied at once; each costs a server process and a stream of DuckDB. */
const parallelTables = 4

/** Works on one batch in this process, see {@link BatchEngine}. */
export class ProcessEngine implements BatchEngine {
  readonly #parts: EngineParts
  readonly #relations = new Map<string, Relation>()
  #duckdb: DuckDB | undefined

  constructor(parts: EngineParts) {
    this.#parts = parts
  }

  async read(inputs: Readonly<Record<string, Input>>): Promise<readonly ReadFile[]> {
    const { landing, batch, onProgress } = this.#parts
    const { files, unclaimed } = listLanding(landing, batch, inputs)
    if (unclaimed.length > 0) {
      throw new RefusedError(
        `Expected only files that ${batch.source} declares, found ${unclaimed.length} more in its landing folder: ` +
          `${unclaimed.join(', ')}. Take them out, or declare them in the source's inputs.`,
      )
    }
    onProgress('read', `${files.length} files`)
    const scanned = await Promise.all(files.map(file => scanFile(file, formatOf(inputs, file.input))))
    const records = scanned.reduce((sum, file) => sum + file.records, 0)
    if (records === 0) {
      throw new RefusedError(`Expected records, found none in ${scanned.map(file => file.name).join(', ')}.`)
    }
    this.#duckdb = await this.#parts.openDuckDB(scanned.map(file => file.path))
    for (const [name, input] of Object.entries(inputs)) {
      await this.#relate(
        name,
        input,
        scanned.filter(file => file.input === name),
      )
    }
    onProgress('read', `${records} records`)
    return scanned.map(file => ({ ...file, quarantined: 0 }))
  }

  async check(table: string, select: string): Promise<Checked> {
    const contract = canonical.find(one => one.table === table)
    if (contract === undefined) throw new Error(`${table} has no contract`)
    const described = await this.#describe(table, select)
    const yielded = new Map(described.map(row => [String(row['column_name']), String(row['column_type'])]))
    const read = [...this.#relations].filter(([name]) => new RegExp(`\\b${name}\\b`).test(select))
    return {
      table,
      key: contract.key,
      select: checkedSelect(contract, select, yielded, { zone: this.#parts.zone, mayHoldNul: this.#mayHoldNul() }),
      relation: read.length === 1 ? read[0]?.[1] : undefined,
    }
  }

  async stage(tables: readonly Checked[]): Promise<readonly StagedTable[]> {
    const limit = pLimit(parallelTables)
    return Promise.all(tables.map(table => limit(() => this.#stageOne(table))))
  }

  /** Every record of every file was read; counted anew only where the rows that streamed by do not show it. */
  async balance(): Promise<void> {
    for (const [name, relation] of this.#relations) {
      for (const [index, file] of relation.files.entries()) {
        const read = relation.seen[index] === file.records ? file.records : await this.#count(name, index + 1)
        if (read !== file.records) {
          throw new RefusedError(
            `Expected ${file.records} records of ${file.name} to be read, ${read} were. The file is not well formed.`,
          )
        }
        const now = statSync(file.path, { throwIfNoEntry: false })
        if (now?.size !== file.bytes || now.mtimeMs !== file.changedAt) {
          throw new RefusedError(`${file.name} changed while it was read. Run the batch again once it is complete.`)
        }
      }
    }
  }

  /** Closes DuckDB. */
  close(): void {
    this.#duckdb?.close()
  }

  async #describe(table: string, select: string): Promise<readonly Record<string, unknown>[]> {
    try {
      return await this.#db().rows(`describe ${select}`)
    } catch (error) {
      if (!(error instanceof DuckDbError)) throw error
      throw new UsageError(
        `The SELECT for ${table} of ${this.#parts.batch.source} is not one that DuckDB takes: ${error.message}.`,
      )
    }
  }

  #mayHoldNul(): boolean {
    return [...this.#relations.values()].some(({ files }) => files.some(file => file.mayHoldNul))
  }

  #db(): DuckDB {
    if (this.#duckdb === undefined) throw new Error('nothing was read yet')
    return this.#duckdb
  }

  async #relate(name: string, input: Input, files: readonly ScannedFile[]): Promise<void> {
    this.#relations.set(name, { input, files, seen: files.map(() => 0) })
    if (input.format === 'json') {
      await readable(files, this.#db().run(jsonRelationSql(name, input, files)))
      await this.#refuseWrongShape(name, files)
    } else {
      const headers = await Promise.all(files.map(file => readHeader(file, input)))
      await this.#db().run(csvRelationSql(name, input, files, headers))
    }
  }

  async #refuseWrongShape(name: string, files: readonly ScannedFile[]): Promise<void> {
    const relation = this.#relations.get(name)
    const first = await this.#db().rows(
      `select file_no, record_no from ${quoteIdent(name)} where not ${shapeColumn} order by file_no, record_no limit 1`,
    )
    const bad = first[0]
    if (bad === undefined || relation?.input.format !== 'json') return
    const fileNo = Number(bad['file_no'])
    const recordNo = Number(bad['record_no'])
    const raw = await this.#db().rows(
      `select json::varchar as record from (${rawRecordsSql(files)}) where file_no = ${fileNo} and record_no = ${recordNo}`,
    )
    const why = explainShape(String(raw[0]?.['record']), relation.input.record)
    throw new RefusedError(
      `Record ${recordNo} of ${files[fileNo - 1]?.name ?? name} has not the declared shape: ${why}.`,
    )
  }

  async #stageOne(table: Checked): Promise<StagedTable> {
    const session = await this.#parts.openSession()
    try {
      const { relation } = table
      const staging = stageTable(this.#db(), session, {
        batch: this.#parts.batch,
        runId: this.#parts.runId,
        table: table.table,
        checked: table.select,
        key: table.key,
        fileName: fileNo => relation?.files[fileNo - 1]?.name ?? `file ${fileNo}`,
        onRecord: (fileNo, recordNo) => {
          if (relation !== undefined && (relation.seen[fileNo - 1] ?? 0) < recordNo)
            relation.seen[fileNo - 1] = recordNo
        },
      })
      const staged = await readable(relation?.files ?? [], staging)
      this.#parts.onProgress('stage', `${table.table} ${staged.loaded} rows`)
      return staged
    } finally {
      await session.end()
    }
  }

  async #count(relation: string, fileNo: number): Promise<number> {
    const rows = await this.#db().rows(`select count(*) as n from ${quoteIdent(relation)} where file_no = ${fileNo}`)
    return Number(rows[0]?.['n'])
  }
}

/** What DuckDB calls errors that come from what it reads, and not from the statement. */
const dataErrors: readonly string[] = ['Invalid Input', 'Conversion', 'Out of Range', 'Serialization', 'Invalid type']

/** Turns an error about what is in the files into a refusal that names them. */
async function readable<T>(files: readonly ScannedFile[], reading: Promise<T>): Promise<T> {
  try {
    return await reading
  } catch (error) {
    if (!(error instanceof DuckDbError) || !dataErrors.includes(error.kind)) throw error
    const names = files.map(file => file.name).join(', ')
    throw new RefusedError(`Expected well-formed records in ${names}, but reading stopped (${error.message}).`)
  }
}

function formatOf(inputs: Readonly<Record<string, Input>>, name: string): 'json' | 'csv' {
  const input = inputs[name]
  if (input === undefined) throw new Error(`no input ${name}`)
  return input.format
}
