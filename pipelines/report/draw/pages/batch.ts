import type { BatchReport, BatchTableReport } from '../../model/document-batch.ts'
import { countText, numberText } from '../../../platform/count-text.ts'
import { Balance } from '../charts/balance.ts'
import { Timeline } from '../charts/timeline.ts'
import { html, type Html } from '../parts/html.ts'
import { address, Copy, Go } from '../parts/links.ts'
import { Page } from '../parts/page.ts'
import { StateChip } from '../parts/states.ts'
import { SmallTable, Table } from '../parts/table.ts'
import { duration, momentText, sizeText, stagesText, weekdayText } from '../parts/words.ts'
import { sum } from './sums.ts'

interface BatchProps {
  readonly batch: BatchReport
  /** What the newest batch of its source was made from: a page says what differs. */
  readonly usual: string
}

/** One batch: its balance, and how it came about. There are thousands of these pages, so that a batch that is well is short. */
export function Batch({ batch, usual }: BatchProps): Html {
  const { source, date, state, why, command } = batch
  const made = madeFrom(batch)
  return html`<${Page}
    at=${address.batch(source, date)}
    kind="batch"
    title=${`${source} ${date}`}
    aside=${html`<${StateChip} state=${state} />`}
  >
    <p class="quiet">
      <${Go} to=${address.source(source)}>${source}<//>, ${weekdayText(date)}${why === null ? null : `: ${why}`}
    </p>
    ${command === null ? null : html`<p><${Copy} text=${command} /></p>`}
    <${Account} batch=${batch} /><${Files} batch=${batch} /><${Checks} batch=${batch} /><${Runs} batch=${batch} />
    ${made === '' || made === usual ? null : html`<p class="quiet">Made from ${made}.</p>`}
    ${batch.rules.length === 0 ? null : html`<p class="quiet">Changed rules: ${batch.rules.map(one => `${one.rule} ${one.action}`).join(', ')}.</p>`}
  <//>`
}

/** The balance as an equation, as a funnel where something was lost, and by table. */
function Account({ batch }: { readonly batch: BatchReport }): Html {
  const { tables, files, source, date } = batch
  if (tables.length === 0) return null
  const counts = {
    records: sum(files.map(file => file.records)),
    candidates: sum(tables.map(table => table.candidates)),
    loaded: sum(tables.map(table => table.loaded)),
    quarantined: sum(tables.flatMap(table => table.quarantined.map(one => one.count))),
    removed: sum(tables.flatMap(table => table.removed.map(one => one.count))),
  }
  const unread = sum(files.map(file => file.quarantined))
  const columns = ['table', 'candidates', 'loaded', 'in quarantine', 'removed']
  const isLossy = counts.quarantined + unread > 0
  return html`<div>
    <p class="equation">
      ${countText(counts.records, 'record')} → <b>${numberText(counts.candidates)}</b> candidates =
      <b class="l">${numberText(counts.loaded)}</b> loaded +${' '} <b class="q">${numberText(counts.quarantined)}</b> in
      quarantine + <b class="r">${numberText(counts.removed)}</b> removed
    </p>
    ${isLossy ? html`<${Balance} id=${`b-${source}-${date}`} ...${counts} />` : null}
    <${SmallTable}
      columns=${columns}
      rows=${tables.map(table => [
        table.table,
        numberText(table.candidates),
        numberText(table.loaded),
        countOf(table.quarantined),
        countOf(table.removed),
      ])}
    />
    ${unread === 0 ? null : html`<p>${countText(unread, 'record')} could not be read and went to quarantine whole.</p>`}
    <${ByRule} tables=${tables} />
  </div>`
}

type RuleCounts = BatchTableReport['removed']

const countOf = (counts: RuleCounts): string => {
  const count = sum(counts.map(one => one.count))
  return count === 0 ? '' : numberText(count)
}

/** Which rules took rows out, or values. */
function ByRule({ tables }: { readonly tables: readonly BatchTableReport[] }): Html {
  const said = (what: string, of: (table: BatchTableReport) => RuleCounts): readonly (readonly [string, string])[] => {
    const parts = tables.flatMap(table => {
      const counts = of(table).map(one => `${numberText(one.count)} ${one.rule}`)
      return counts.length === 0 ? [] : [`${table.table} ${counts.join(', ')}`]
    })
    return parts.length === 0 ? [] : [[what, parts.join('; ')]]
  }
  const lines = [
    ...said('In quarantine', table => table.quarantined),
    ...said('Removed', table => table.removed),
    ...said('Values dropped', table => table.dropped),
    ...said('Warned of', table => table.warned),
  ]
  return lines.map(([what, text]) => html`<p class="by"><b>${what}</b> ${text}</p>`)
}

function Files({ batch }: { readonly batch: BatchReport }): Html {
  if (batch.files.length === 0) return null
  return html`<${SmallTable}
    columns=${['file', 'records', 'size', 'SHA-256']}
    rows=${batch.files.map(file => [file.name, numberText(file.records), sizeText(file.bytes), file.sha256])}
  />`
}

/** All that hold are one sentence. */
function Checks({ batch }: { readonly batch: BatchReport }): Html {
  const { checks } = batch
  if (checks.length === 0) return null
  const broken = checks.filter(check => check.outcome !== 'pass')
  if (broken.length === 0)
    return html`<p>${checks.length === 1 ? 'Its check holds.' : `All ${checks.length} checks hold.`}</p>`
  return html`<div>
    <h2>
      ${`${broken.length} of ${countText(checks.length, 'check')} ${broken.length === 1 ? 'does' : 'do'} not hold`}
    </h2>
    <${Table}
      caption="Checks that do not hold"
      columns=${['check', 'table', 'outcome', { name: 'bad rows', number: true }, { name: 'of', number: true }]}
      rows=${broken.map(check => [
        check.name,
        html`<${Go} to=${address.table(check.table)}>${check.table}<//>`,
        check.outcome,
        numberText(check.bad),
        numberText(check.checked),
      ])}
    />
  </div>`
}

const secondsOf = ({ started_at: from, ended_at: to }: BatchReport['runs'][number]): number | null =>
  to === null ? null : Math.round((Date.parse(to) - Date.parse(from)) / 1000)

function Runs({ batch }: { readonly batch: BatchReport }): Html {
  const { runs, source, date } = batch
  const [only] = runs
  if (only === undefined) return html`<p>No run tried it.</p>`
  const isShort = runs.length === 1 && only.attempts === 1 && only.status === 'published' && only.host === null
  if (isShort)
    return html`<p class="quiet">
      Run <code data-run>${only.run}</code> started ${momentText(only.started_at)}, took
      ${duration(secondsOf(only))}${only.stages.length === 0 ? '' : `: ${stagesText(only.stages)}`}.
    </p>`
  const isInternal = runs.some(run => run.host !== null)
  return html`<div>
    <h2>Runs</h2>
    <${Timeline} id=${`t-${source}-${date}`} runs=${runs} />
    <${Table}
      caption="Runs"
      columns=${['run', 'status', 'started', { name: 'took', number: true }, { name: 'attempts', number: true }, 'stages', 'error', ...(isInternal ? ['host', 'message'] : [])]}
      rows=${runs.map(run => [
        html`<code data-run>${run.run_id ?? run.run}</code>`,
        run.status.replaceAll('_', ' '),
        momentText(run.started_at),
        duration(secondsOf(run)),
        run.attempts,
        stagesText(run.stages),
        run.error ?? '',
        ...(isInternal ? [run.host ?? '', run.message ?? ''] : []),
      ])}
    />
  </div>`
}

/** What a batch was made from, in words; empty without a run. */
export function madeFrom({ made_from: made }: BatchReport): string {
  if (made === null) return ''
  return [
    `Caseload ${made.caseload}`,
    ...(made.code === null ? [] : [`code ${made.code}`]),
    ...(made.contracts === null ? [] : [`contracts ${made.contracts}`]),
    ...(made.engine === null ? [] : [`engine ${made.engine}`]),
    ...(made.zone === null ? [] : [`zone ${made.zone}`]),
  ].join(', ')
}
