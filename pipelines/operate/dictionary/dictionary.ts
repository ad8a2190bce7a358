import type { Contract } from '../../contract/contract.ts'
import { allContracts } from '../../contract/tables/contracts.ts'
import { describeViews, type ViewDescription } from '../../ledger/describe-views.ts'
import { fileOf, listViews } from '../../ledger/list-views.ts'
import { type MartHeader, martHeader } from '../../marts/mart-header.ts'
import { UsageError } from '../../platform/errors.ts'
import { didYouMean } from '../../platform/nearest.ts'
import { transformerOf } from '../../source/batch.ts'
import { listTransformers, loadDeclared, type Source } from '../../source/load-source.ts'
import { describeSource } from './describe-source.ts'
import { describeTable } from './describe-table.ts'
import type { Entry, SourceEntry, TableEntry, ViewEntry } from './entries.ts'

/** Everything that has a name: what is shipped, and what the project adds. */
export interface Dictionary {
  readonly sources: readonly SourceEntry[]
  readonly tables: readonly TableEntry[]
  readonly views: readonly ViewEntry[]
}

/**
 * Reads the dictionary from the contracts, the rules, the classes of the sources and the files of the views. It needs no
 * database.
 *
 * @param sourceFolders in the order of the search
 * @param onProblem gets one line for each source that cannot be loaded; it is left out
 */
export async function readDictionary(
  sourceFolders: readonly string[],
  onProblem: (message: string) => void,
): Promise<Dictionary> {
  return dictionaryOf(await loadEverySource(sourceFolders, onProblem))
}

/** The dictionary of sources that are loaded, and of all tables and views. */
export function dictionaryOf(sources: readonly Source[]): Dictionary {
  const contracts: readonly Contract[] = allContracts()
  return {
    sources: sources.map(describeSource),
    tables: contracts.map(contract => describeTable(contract, sources)),
    views: viewEntries(contracts),
  }
}

/**
 * Loads every source as its class declares it.
 *
 * @param onProblem gets one line for each source that cannot be loaded; it is left out
 */
export async function loadEverySource(
  folders: readonly string[],
  onProblem: (message: string) => void,
): Promise<readonly Source[]> {
  const loaded: Source[] = []
  for (const name of listTransformers(folders)) {
    try {
      loaded.push(await loadDeclared(name, folders))
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      onProblem(`the source ${name} is left out: ${error.message}`)
    }
  }
  return loaded
}

function viewEntries(contracts: readonly Contract[]): readonly ViewEntry[] {
  const views = listViews()
  const headers = new Map(views.map(view => [view.name, martHeader(view.sql, fileOf(view))] as const))
  return describeViews(views, contracts).map(view => viewEntry(view, headers.get(view.name)))
}

function viewEntry({ grain, columns, ...view }: ViewDescription, mart: MartHeader | undefined): ViewEntry {
  return {
    kind: 'view',
    schema: 'clinical',
    ...view,
    grain: grain ?? null,
    mart: mart === undefined ? null : { computed_by: mart.kind, indexes: mart.indexes },
    columns:
      columns?.map(({ name, type, phi, description }) => ({
        name,
        type: type ?? null,
        phi: phi ?? null,
        description: description ?? null,
      })) ?? null,
  }
}

/**
 * Finds what a name means: `visits`, or with its schema `store.visits`, `clinical.current_visits`; a source alone or with a
 * site. A name of two things needs `sources/`, `store.` or `clinical.` before it.
 *
 * @throws UsageError if nothing, or more than one thing, has the name
 */
export function findEntry({ sources, tables, views }: Dictionary, name: string): Entry {
  const all: readonly (readonly [prefix: string, entry: Entry])[] = [
    ...tables.map(entry => ['store.', entry] as const),
    ...views.map(entry => ['clinical.', entry] as const),
    ...sources.map(entry => ['sources/', entry] as const),
  ]
  const word = name.toLowerCase()
  const found = all.filter(([prefix, entry]) => {
    const asked = entry.kind === 'source' ? transformerOf(word.replace(/^sources\//, '')) : word
    const isMart = entry.kind === 'view' && `mart.${entry.name}` === word
    return entry.name === asked || prefix + entry.name === word || isMart
  })
  const [first, ...others] = found
  if (first === undefined) {
    const near = didYouMean(
      word,
      all.map(([, entry]) => entry.name),
    )
    throw new UsageError(
      `Expected a source, a table or a view, found ${JSON.stringify(name.slice(0, 60))}.${near} caseload ls lists them.`,
    )
  }
  if (others.length === 0) return first[1]
  const ways = found.map(([prefix, entry]) => prefix + entry.name).join(' or ')
  throw new UsageError(`Expected the name of one thing, found that of ${found.length}: write ${ways}.`)
}
