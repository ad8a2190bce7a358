import { readFileSync } from 'node:fs'
import test from 'ava'
import type { VNode } from 'preact'
import { withBands } from '../../pipelines/report/model/bands.ts'
import { dayAfter } from '../../pipelines/report/model/window.ts'
import { Balance } from '../../pipelines/report/draw/charts/balance.ts'
import { BandChart } from '../../pipelines/report/draw/charts/band-chart.ts'
import { BarChart } from '../../pipelines/report/draw/charts/bar-chart.ts'
import { LineageGraph } from '../../pipelines/report/draw/charts/graph.ts'
import { IntervalChart } from '../../pipelines/report/draw/charts/interval-chart.ts'
import { stepsPath } from '../../pipelines/report/draw/charts/path.ts'
import { StateGrid } from '../../pipelines/report/draw/charts/state-grid.ts'
import { Timeline } from '../../pipelines/report/draw/charts/timeline.ts'
import { WeekBars } from '../../pipelines/report/draw/charts/week-bars.ts'
import { html, textOfHtml } from '../../pipelines/report/draw/parts/html.ts'
import { batchStateTable } from '../../pipelines/ledger/batch-states.ts'

const first = '2023-05-01'
const days = Array.from({ length: 42 }, (_, at) => ({
  date: dayAfter(first, at),
  rows: at === 37 ? 1500 : 400 + ((at * 37) % 50) - (at % 7 > 4 ? 200 : 0),
}))
const run = {
  run: '9466f94b',
  attempts: 1,
  stages: [],
  failures: [],
  error: null,
  message: null,
  host: null,
  run_id: null,
}

const charts: Readonly<Record<string, VNode>> = {
  'state-grid': html`<${StateGrid}
    id="g"
    title="States"
    description="Two sources"
    rows=${2}
    columns=${11}
    size=${14}
    cells=${Object.keys(batchStateTable).flatMap((state, column) => [
      { row: 0, column, date: dayAfter(first, column), state },
      { row: 1, column, date: dayAfter(first, column), state: 'published' },
    ])}
    marks=${[{ column: 0, text: 'May 2023' }]}
    sources=${['icu', 'lab']}
  />`,
  'band-chart': html`<${BandChart}
    id="b"
    title="Rows"
    from=${first}
    to=${dayAfter(first, 41)}
    days=${withBands(days)}
  />`,
  'bar-chart': html`<${BarChart}
    id="r"
    title="Rows"
    description="By day"
    from=${first}
    to=${dayAfter(first, 41)}
    bars=${days.map(day => ({ from: day.date, days: 1, value: day.rows }))}
  />`,
  'week-bars': html`<${WeekBars}
    from=${first}
    to=${dayAfter(first, 41)}
    weeks=${[
      { week: first, count: 3 },
      { week: dayAfter(first, 14), count: 12 },
    ]}
  />`,
  balance: html`<${Balance} id="a" records=${100} candidates=${120} loaded=${100} quarantined=${15} removed=${5} />`,
  timeline: html`<${Timeline}
    id="t"
    runs=${[
      {
        ...run,
        status: 'failed',
        started_at: '2023-05-02T03:00:00Z',
        published_at: null,
        ended_at: '2023-05-02T03:10:00Z',
      },
      {
        ...run,
        status: 'published',
        stages: [
          { stage: 'lock', ms: 1000 },
          { stage: 'read', ms: 240_000 },
          { stage: 'stage', ms: 600_000 },
          { stage: 'audit', ms: 9000 },
          { stage: 'publish', ms: 30_000 },
        ],
        started_at: '2023-05-02T04:00:00Z',
        published_at: '2023-05-02T04:19:00Z',
        ended_at: '2023-05-02T04:20:00Z',
        failures: [{ at: '2023-05-02T04:05:00Z', error: 'transient' }],
      },
    ]}
  />`,
  'interval-chart': html`<${IntervalChart}
    id="i"
    title="Readmissions"
    months=${[
      { month: '2023-04', rate: 0.12, low: 0.08, high: 0.18 },
      { month: '2023-05', rate: null, low: null, high: null },
      { month: '2023-06', rate: 0.2, low: 0.14, high: 0.28 },
    ]}
  />`,
  graph: html`<${LineageGraph}
    id="l"
    title="Lineage"
    nodes=${[
      { id: 'files/a/b', kind: 'files', name: 'a: b.csv', to: '/source/a' },
      { id: 'select/a/c', kind: 'select', name: 'a/c.sql', to: '/source/a' },
      { id: 'table/c', kind: 'table', name: 'c', to: '/table/c' },
      { id: 'other/caseload.runs', kind: 'other', name: 'caseload.runs', to: undefined },
    ]}
    edges=${[
      { from: 'files/a/b', to: 'select/a/c' },
      { from: 'select/a/c', to: 'table/c' },
      { from: 'other/caseload.runs', to: 'table/c' },
    ]}
    about="table/c"
  />`,
}

for (const [name, chart] of Object.entries(charts)) {
  test(`${name} is drawn as test/report/golden/${name}.svg has it`, t => {
    const drawn = textOfHtml(chart)
    t.is(`${drawn}\n`, readFileSync(new URL(`golden/${name}.svg`, import.meta.url), 'utf8'))
    if (name !== 'week-bars') t.regex(drawn, /<title id=[^>]*>[^<]+<\/title>/)
  })
}

test('a path of steps ends where the points do', t => {
  t.is(
    stepsPath([
      [10, 10],
      [20, 5],
      [15, 30],
    ]),
    'M10 10l10-5-5 25',
  )
  t.is(
    stepsPath([
      [10, 10],
      [10, 10],
      [12, 13],
    ]),
    'M10 10l0 0 2 3',
  )
  t.is(stepsPath([[4, 8]]), 'M4 8h0')
})

test('a value that looks like markup stays text, and no attribute loses its quotes too early', t => {
  const drawn = textOfHtml(html`<p title="a &lt;b>" class="x y" id="a/b">${'<script>x="1"</script></td>'}</p>`)
  t.is(drawn, '<p title="a &amp;lt;b>" class="x y" id=a/b>&lt;script>x=&quot;1&quot;&lt;/script>&lt;/td></p>')
})
