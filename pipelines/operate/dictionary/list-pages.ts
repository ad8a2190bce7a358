import type { Dictionary } from './dictionary.ts'
import type { Page } from './page.ts'

/** What a list may be limited to. */
export const kinds = ['sources', 'tables', 'views'] as const
/** One of {@link kinds}. */
export type Kind = (typeof kinds)[number]

/** One list for each kind that is asked for. */
export function listPages({ sources, tables, views }: Dictionary, asked: readonly Kind[]): readonly Page[] {
  const pages: Readonly<Record<Kind, Page>> = {
    sources: page(
      'Sources',
      ['source', 'schedule', 'zone', 'tables'],
      sources.map(one => [one.name, one.schedule, one.zone, one.tables.map(({ table }) => table).join(', ')]),
    ),
    tables: page(
      'Tables, in schema store',
      ['table', 'columns', 'filled by', 'one row is'],
      tables.map(one => [
        one.name,
        one.columns.length,
        one.filled_by.map(({ source }) => source).join(', '),
        one.grain,
      ]),
    ),
    views: page(
      'Views, in schema clinical',
      ['view', 'grain'],
      views.map(one => [one.name, one.grain ?? one.notes]),
    ),
  }
  return asked.map(kind => pages[kind])
}

const page = (title: string, columns: readonly string[], rows: readonly (readonly (string | number)[])[]): Page => ({
  title,
  blocks: [{ kind: 'table', columns, rows, code: columns.slice(0, 1) }],
})
