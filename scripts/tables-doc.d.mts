import type { TableEntry } from '../pipelines/operate/dictionary/entries.ts'
import type { pageMarkdown } from '../pipelines/operate/dictionary/page.ts'
import type { pageOf } from '../pipelines/operate/dictionary/pages.ts'

/** What docs/tables.md is generated from. */
export interface TablesDocOptions {
  readonly tables: readonly TableEntry[]
  readonly pageOf: typeof pageOf
  readonly pageMarkdown: typeof pageMarkdown
}

/** The text of docs/tables.md, as prettier writes it. */
export function tablesDoc(options: TablesDocOptions): Promise<string>
