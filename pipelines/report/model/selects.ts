import { basename } from 'node:path'
import { relationsIn } from '../../check/select-relations.ts'
import { acceptedRelation } from '../../check/keys-sql.ts'
import type { Source } from '../../source/load-source.ts'
import type { SelectReport } from './document-source.ts'
import { withoutLiterals } from './sql-literals.ts'

/** The SELECTs of each source, by its name. */
export function selectsOf(sources: readonly Source[], internal: boolean): ReadonlyMap<string, readonly SelectReport[]> {
  return new Map(
    sources.map(source => [source.name, source.transformer.tables.map(table => selectOf(source, table, internal))]),
  )
}

function selectOf({ sql, transformer, folder }: Source, table: string, internal: boolean): SelectReport {
  const text = sql(table)
  const accepted = transformer.tables.filter(other => relationsIn(text, [acceptedRelation(other)]).length > 0)
  return {
    table,
    file: `sources/${basename(folder)}/${table}.sql`,
    reads: [...relationsIn(text, Object.keys(transformer.inputs)), ...accepted.map(acceptedRelation)],
    sql: internal ? text.trim() : withoutLiterals(text),
  }
}
