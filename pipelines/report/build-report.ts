import { dictionaryOf, loadEverySource } from '../operate/dictionary/dictionary.ts'
import { batchStateTable } from '../ledger/batch-states.ts'
import { listViews } from '../ledger/list-views.ts'
import { packageVersion } from '../source/settings.ts'
import { catalogue } from './model/catalogue.ts'
import { columnOrigins } from './model/columns/column-origins.ts'
import type { Report } from './model/document.ts'
import { readFacts, withoutDatabase } from './model/facts.ts'
import type { ReportOptions, ReportPlaces } from './model/options.ts'
import { lineageOf } from './model/lineage.ts'
import { selectsOf } from './model/selects.ts'
import { declaredSources } from './model/source-report.ts'
import { patternOf } from './model/file-names.ts'

/** Reads the document of a report. */
export async function buildReport(options: ReportOptions, places: ReportPlaces): Promise<Report> {
  const { internal, now, sourceFolders, workRoot } = options
  const sources = await loadEverySource(sourceFolders, places.warn)
  const dictionary = dictionaryOf(sources)
  const selects = selectsOf(sources, internal)
  const nameOf = internal ? internalName : patternOf(dictionary.sources)
  const facts =
    places.session === undefined
      ? withoutDatabase('--no-database')
      : await readFacts(places.session, options, places, { entries: dictionary.sources, selects, nameOf })
  const graph = lineageOf(dictionary, selects, facts.read, facts.catalogue.marts)
  return {
    format: 'caseload.report/1',
    made_at: now.toISOString(),
    version: packageVersion(),
    internal,
    window: facts.window ?? null,
    ledger: { shown: facts.window !== undefined, note: facts.note },
    clinical: { shown: facts.clinical.note === null, note: facts.clinical.note },
    states: Object.entries(batchStateTable).map(([name, meaning]) => ({ name, meaning })),
    attention: [...facts.attention],
    sources: facts.sources.length > 0 ? [...facts.sources] : declaredSources(dictionary.sources, selects),
    batches: [...facts.batches],
    ...catalogue(dictionary, graph.edges, facts.catalogue),
    lineage: { ...graph, columns: await columnOrigins(dictionary, sources, listViews(), workRoot) },
    quality: {
      checks: [...facts.checks],
      readmissions: facts.clinical.readmissions,
      prescriptions: facts.clinical.prescriptions,
    },
  }
}

const internalName = (_: string, file: { readonly path: string }): string => file.path
