import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { VNode } from 'preact'
import type { Report } from '../model/document.ts'
import { html, textOfHtml } from './parts/html.ts'
import { packPages } from './pack.ts'
import { address } from './parts/links.ts'
import { momentText } from './parts/words.ts'
import { Batch, madeFrom } from './pages/batch.ts'
import { DictionaryList, TablePage, ViewPage } from './pages/dictionary.ts'
import { Lineage } from './pages/lineage.ts'
import { graphParts } from './pages/lineage-near.ts'
import { Overview } from './pages/overview.ts'
import { Quality } from './pages/quality.ts'
import { Search } from './pages/search.ts'
import { Source } from './pages/source.ts'
import { SourceClass } from './pages/source-class.ts'
import { Sources } from './pages/sources.ts'
import { Page } from './parts/page.ts'
import { groupBy } from '../model/group.ts'
import { transformerOf } from '../../source/batch.ts'

/** Draws the page: one file that loads nothing, and runs only the script whose hash it names. */
export function drawReport(report: Report): string {
  const style = withoutMargins(readFileSync(new URL('page.css.tmpl', import.meta.url), 'utf8'))
  const script = withoutMargins(`'use strict'\n;(() => {\n${scriptParts.map(readPart).join('')}})()\n`)
  const policy =
    `default-src 'none'; style-src '${hashOf(style)}'; script-src '${hashOf(script)}'; ` +
    `base-uri 'none'; form-action 'none'; img-src data:`
  const { pages, block } = drawPages(report)
  const title = report.window === null ? 'Caseload' : `Caseload, ${report.window.from} to ${report.window.to}`
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">',
    `<title>${title}</title><link rel="icon" href="data:,"><style>${style}</style></head><body>`,
    textOfHtml(head),
    '<main id="main">',
    pages,
    '</main>',
    textOfHtml(foot(report)),
    block,
    `<script>${script}</script></body></html>\n`,
  ].join('\n')
}

/** They share one scope, in which a later part may use the names of an earlier one. */
const scriptParts = ['pages', 'search', 'tables', 'calendars', 'lineage', 'start']

const readPart = (name: string): string => readFileSync(new URL(`script/${name}.js.tmpl`, import.meta.url), 'utf8')

const hashOf = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`

const withoutMargins = (text: string): string => text.replaceAll(/^\s+/gm, '')

const head = html`<div class="top">
  <a class="skip" href="#main">Skip to the page</a>
  <header>
    <div>
      <b>Caseload</b>
      <nav aria-label="Pages">
        <a href="#/" data-kinds="batch">Overview</a>
        <a href="#/sources" data-kinds="source">Sources</a>
        <a href="#/dictionary" data-kinds="table view">Dictionary</a>
        <a href="#/lineage">Lineage</a>
        <a href="#/quality">Quality</a>
      </nav>
      <form role="search">
        <input id="search" type="search" placeholder="Search  ( / )" aria-label="Search" autocomplete="off" />
      </form>
    </div>
  </header>
</div>`

/** The pages of which there are few stand in the file; those of batches and sources may be packed. */
function drawPages(report: Report): ReturnType<typeof packPages> {
  const { window, sources, batches, tables, views, lineage } = report
  const graph = graphParts(
    lineage,
    sources.map(source => source.name),
  )
  const batchPages = new Set(batches.map(batch => address.batch(batch.source, batch.date)))
  const classes = [...groupBy(sources, source => transformerOf(source.name))].filter(([, sites]) => sites.length > 1)
  const shared = new Map(
    classes.flatMap(([name, sites]) => sites.map(site => [site.name, address.class(name)] as const)),
  )
  const usual = new Map(
    [...batches]
      .reverse()
      .flatMap(batch => (batch.state === 'published' ? [[batch.source, madeFrom(batch)] as const] : [])),
  )
  const plain = [
    html`<${Overview} report=${report} pages=${batchPages} />`,
    html`<${Sources} report=${report} />`,
    html`<${DictionaryList} tables=${tables} views=${views} />`,
    html`<${Lineage} lineage=${lineage} graph=${graph} />`,
    html`<${Quality} report=${report} />`,
    html`<${Search} />`,
    ...tables.map(table => html`<${TablePage} table=${table} graph=${graph} />`),
    ...views.map(view => html`<${ViewPage} view=${view} graph=${graph} />`),
  ]
  const many: readonly (readonly [at: string, page: VNode])[] = [
    ...sources.map(source => {
      const props = {
        source,
        window,
        pages: batchPages,
        graph,
        classPage: shared.get(source.name),
        made: usual.get(source.name) ?? '',
      }
      return [address.source(source.name), html`<${Source} ...${props} />`] as const
    }),
    ...classes.flatMap(([name, [source]]) => {
      if (source === undefined) return []
      const at = address.class(name)
      const page = html`<${Page} at=${at} kind="source" title=${`Class ${name}`}
        ><${SourceClass} source=${source} graph=${graph}
      /><//>`
      return [[at, page] as const]
    }),
    ...batches.map(
      batch =>
        [
          address.batch(batch.source, batch.date),
          html`<${Batch} batch=${batch} usual=${usual.get(batch.source) ?? ''} />`,
        ] as const,
    ),
  ]
  return packPages(
    plain.map(page => ({ at: '', text: textOfHtml(page) })),
    many.map(([at, page]) => ({ at, text: textOfHtml(page) })),
  )
}

function foot({ made_at: madeAt, version, internal, clinical }: Report): VNode {
  const rules = internal
    ? 'Internal: it names hosts and files, and shows messages and SQL as written.'
    : 'It holds no value of a patient, no name of a file or host, and no count of fewer than 11 patients.'
  return html`<footer>
    <p>
      ${`Made ${momentText(madeAt.replace(/\.\d+/, ''))} UTC by Caseload ${version}. Moments are UTC. ${rules}`}
      ${clinical.shown ? null : ` Without clinical aggregates: ${clinical.note ?? ''}.`}
    </p>
    <div id="tip" role="status" hidden></div>
  </footer>`
}
