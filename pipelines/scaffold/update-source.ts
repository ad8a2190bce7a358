import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { relationsIn } from '../check/select-relations.ts'
import { declarable } from '../operate/fields/compare-fields.ts'
import { withoutComments } from '../platform/sql-text.ts'
import { fieldPath } from '../source/field-paths.ts'
import type { Source } from '../source/load-source.ts'
import { guessSample, numbersReadings } from './guess-sample.ts'
import { type CommaColumn, entityTables, type Mapping } from './mapping.ts'
import { levelPath, type LevelSql, type NestingLevel, nestingLevelsOf, type SourceColumn } from './nesting-levels.ts'
import { requireTables, shownName, trySelects } from './new-source.ts'
import { commaLines } from './remaining-work.ts'
import { selectLines, selectText } from './select.ts'
import { type TriedTable, withSample } from './try-sample.ts'
import { classLines } from './update-class.ts'
import { readUpdateSamples, type UpdateSample } from './update-samples.ts'

/** A source that exists, and samples of what its feed delivers now. */
export interface UpdateSourceParts {
  readonly source: Source
  /** The folder of the class that its author edits, absolute. */
  readonly folder: string
  /** Paths of the samples, one for each input. */
  readonly from: readonly string[]
  /** `yyyy-mm-dd`, the day of a sample without a day in its name. */
  readonly date: string
  /** Tables that may be filled besides those of the source; empty: a guess. */
  readonly tables: readonly string[]
  /** The project, to which paths are relative. */
  readonly root: string
  /** Folder on a disk for DuckDB's spill files. */
  readonly workRoot: string
}

/** What a source lacks of its samples. It contains names of columns, never a value. */
export interface SourceUpdate {
  /** Paths of the SELECTs that were written, of tables that the source does not fill yet. */
  readonly files: readonly string[]
  /** Lines to paste, by the path of the file that the author edits. */
  readonly paste: readonly { readonly file: string; readonly lines: readonly string[] }[]
  /** What the source declares and a sample does not have, with the SELECTs that name it. */
  readonly absent: readonly { readonly input: string; readonly field: string; readonly selects: readonly string[] }[]
  /** New fields that cannot be declared as they are, by their place and the reason. */
  readonly undeclared: readonly string[]
  /** New columns that fill no table. */
  readonly unmapped: readonly string[]
  /** New columns whose numbers have commas, and what was made of them. */
  readonly commas: readonly string[]
  /** Results of the written SELECTs on the samples. */
  readonly tried: readonly TriedTable[]
}

/**
 * Compares a source with new samples. It writes a SELECT for each table that only the new fields fill; what exists it leaves as
 * its author wrote it, and gives the lines to paste.
 *
 * @throws UsageError if a sample cannot be read, or a table does not exist
 */
export async function updateSource(parts: UpdateSourceParts): Promise<SourceUpdate> {
  const { source, folder, from, date, tables, root, workRoot } = parts
  const { name, transformer } = source
  requireTables(tables)
  const samples = await readUpdateSamples(name, transformer, from, date)
  const levels = samples.flatMap(sample => nestingLevelsOf(sample.name, sample.input))
  const isNew = newColumns(samples)
  const shown = (file: string): string => relative(root, join(folder, file))
  return withSample(samples, workRoot, async engine => {
    const { sql, mappings } = await guessSample(engine, samples, levels, { name, tables })
    const useful = mappings.filter(mapping => usesNew(mapping, sql, isNew))
    const added = useful.filter(
      ({ contract, values }) =>
        !transformer.tables.includes(contract.table) && [...values.values()].every(({ kind }) => kind !== 'absent'),
    )
    const lines = useful
      .filter(({ contract }) => transformer.tables.includes(contract.table))
      .map(mapping => ({ mapping, table: mapping.contract.table, ...linesFor(mapping, sql, isNew, source, folder) }))
    const taken = [
      ...added.map(mapping => ({ mapping, columns: selectLines(mapping, sql).map(one => one.column) })),
      ...lines,
    ]
    const isTaken = (column: SourceColumn): boolean => taken.some(({ columns }) => columns.includes(column))
    const rest = levels.map(level => ({
      level,
      names: level.columns.filter(column => isNew(level, column) && !isTaken(column)).map(column => column.name),
    }))
    const selects = added.map(mapping => ({
      table: mapping.contract.table,
      select: selectText(mapping, sql, rest.find(({ level }) => level === mapping.level)?.names ?? []),
    }))
    const readings = numbersReadings(added)
    const entities = entityTables(mappings).filter(table => selects.some(one => one.table === table))
    const tried = await trySelects(engine, selects, { numbersReadings: readings, entities }, { source: name, date })
    for (const { table, select } of selects) writeFileSync(join(folder, `${table}.sql`), select, { flag: 'wx' })
    const classFile = ['js', 'ts']
      .map(ending => `${basename(folder)}.${ending}`)
      .find(file => existsSync(join(folder, file)))
    const pasted = [
      {
        file: shown(classFile ?? ''),
        lines: classLines(source, samples, {
          classText: readFileSync(join(folder, classFile ?? ''), 'utf8'),
          tables: selects.map(({ table }) => table),
          entities,
          numbersReadings: readings,
        }),
      },
      ...lines.map(one => ({ file: shown(`${one.table}.sql`), lines: one.lines })),
    ]
    return {
      files: selects.map(({ table }) => shown(`${table}.sql`)),
      paste: pasted.filter(one => one.lines.length > 0),
      absent: samples.flatMap(sample => absentFields(sample, source, folder)),
      undeclared: samples.flatMap(({ name: input, fields }) =>
        fields.flatMap(({ field, state, note }) =>
          state === 'new' && note !== null ? [`${input}: ${field === null ? '' : `${field}, `}${note}`] : [],
        ),
      ),
      unmapped: rest.flatMap(({ level, names }) => names.map(one => shownName(level, one, samples.length > 1))),
      commas: mappings.flatMap(mapping => {
        const read = taken.filter(one => one.mapping === mapping).flatMap(({ columns }) => columns)
        return commaLines({ commas: newCommas(mapping, isNew, read), contract: mapping.contract })
      }),
      tried,
    }
  })
}

/** Tells the columns that the source does not declare yet. */
function newColumns(samples: readonly UpdateSample[]): (level: NestingLevel, column: SourceColumn) => boolean {
  const added = new Map(
    samples.map(({ name, declared, fields }) => [
      name,
      declared === undefined ? undefined : new Set(declarable(fields)),
    ]),
  )
  return (level, { path }) => {
    const [record = level] = levelPath(level)
    const own = added.get(record.name)
    const isCsv = samples.find(({ name }) => name === record.name)?.input.format === 'csv'
    return own === undefined || own.has(isCsv ? (path[0] ?? '') : path.reduce(fieldPath, placeOf(level)))
  }
}

/** The path of the elements of a level within the record, `visits[].diagnoses[]`. */
const placeOf = ({ list }: NestingLevel): string =>
  list === undefined ? '' : `${list.path.reduce(fieldPath, placeOf(list.parent))}[]`

type IsNew = ReturnType<typeof newColumns>

const usesNew = (mapping: Mapping, sql: LevelSql, isNew: IsNew): boolean =>
  selectLines(mapping, sql).some(({ level, column }) => isNew(level, column))

/** The new columns with commas, without those that a line would read and that the SELECT of the table gets from elsewhere. */
function newCommas({ commas }: Mapping, isNew: IsNew, read: readonly SourceColumn[]): readonly CommaColumn[] {
  return commas.filter(
    ({ level, column, commas: meaning }) => isNew(level, column) && (meaning !== 'decimal' || read.includes(column)),
  )
}

/** What the SELECT of a filled table lacks, and the columns of the sample that it then reads. */
function linesFor(
  mapping: Mapping,
  sql: LevelSql,
  isNew: IsNew,
  source: Source,
  folder: string,
): { readonly lines: readonly string[]; readonly columns: readonly SourceColumn[] } {
  const [record = mapping.level] = levelPath(mapping.level)
  const select = selectOf(source, folder, mapping.contract.table)
  const found = selectLines(mapping, sql)
  const taking = (lines: readonly string[], some: typeof found): ReturnType<typeof linesFor> => ({
    lines,
    columns: some.map(({ column }) => column),
  })
  if (relationsIn(select, [record.name]).length === 0) {
    const isWhole = [...mapping.values.values()].every(({ kind }) => kind !== 'absent')
    if (source.transformer.inputs[record.name] !== undefined || !isWhole) return taking([], [])
    return taking(['union all by name', selectText(mapping, sql, []).trimEnd()], found)
  }
  const code = withoutComments(select)
  const isReading = (target: string): boolean => mapping.readings.length > 0 && target === 'type'
  const lacking = found.filter(
    ({ level, column, target }) => isNew(level, column) && (isReading(target) || !names(code, target)),
  )
  return taking(
    lacking.map(({ text }) => text),
    lacking,
  )
}

/** Fields that the class declares and the sample lacks. */
function absentFields({ name, fields }: UpdateSample, source: Source, folder: string): SourceUpdate['absent'] {
  const readers = source.transformer.tables.filter(
    table => relationsIn(selectOf(source, folder, table), [name]).length > 0,
  )
  return fields.flatMap(({ field, state }) => {
    if (state !== 'absent' || field === null) return []
    const last = /([^.[\]"]+)"?(?:\[\])*$/.exec(field)?.[1] ?? field
    const selects = readers.filter(table => names(withoutComments(selectOf(source, folder, table)), last))
    return [{ input: name, field, selects: selects.map(table => `${table}.sql`) }]
  })
}

/** As its author edits it: in a clone the compiled one may be older. */
function selectOf({ sql }: Source, folder: string, table: string): string {
  const path = join(folder, `${table}.sql`)
  return existsSync(path) ? readFileSync(path, 'utf8') : sql(table)
}

const names = (code: string, name: string): boolean =>
  new RegExp(`(?<!\\w)${name.replaceAll(/[^\w]/g, one => `\\${one}`)}(?!\\w)`, 'iu').test(code)
