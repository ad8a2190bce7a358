import type { Report } from '../../model/document.ts'
import type { Readmission } from '../../model/document-catalogue.ts'
import { groupBy } from '../../model/group.ts'
import { numberText } from '../../../platform/count-text.ts'
import { IntervalChart } from '../charts/interval-chart.ts'
import { html, type Html } from '../parts/html.ts'
import { Figure } from '../parts/figure.ts'
import { Table } from '../parts/table.ts'
import { monthText, percent } from '../parts/words.ts'

/** Aggregates of stays and prescriptions; a count of fewer than 11, and what it follows from, is not in the document. */
export function Clinical({ report }: { readonly report: Report }): Html {
  const { clinical, quality } = report
  if (!clinical.shown)
    return html`<div>
      <h2>Clinical aggregates</h2>
      <p>${`They are not shown: ${clinical.note ?? ''}.`}</p>
    </div>`
  const groups = [...groupBy(quality.readmissions, one => `${one.source} ${one.definition}`)]
  return html`<div>
    <h2>Readmissions</h2>
    <p class="quiet">
      Observed, not risk-standardised; the line is the Wilson interval of 95 %. Fewer than 11 stays, with or without a
      readmission, show as ${'<11'}, without rate and total.
    </p>
    ${groups.length === 0 ? html`<p class="quiet">There is no index stay in these months.</p>` : null}
    <div class="two">${groups.map(([name, months]) => html`<${Stays} name=${name} months=${months} />`)}</div>
    <h2>Prescriptions</h2>
    <${Prescriptions} quality=${quality} />
  </div>`
}

function Stays({ name, months }: { readonly name: string; readonly months: readonly Readmission[] }): Html {
  const isAny = months.some(month => month.rate !== null)
  return html`<${Figure}
    title=${name}
    table=${html`<${Table}
      caption=${`Readmissions of ${name}`}
      columns=${['month', { name: 'stays', number: true }, { name: 'readmitted', number: true }, { name: 'rate', number: true }, 'interval']}
      rows=${months.map(({ month, stays, readmissions, rate, low, high }) => [
        monthText(month),
        stays === null ? '' : numberText(stays),
        readmissions === null ? '<11' : numberText(readmissions),
        rate === null ? '' : percent(rate),
        low === null || high === null ? '' : `${percent(low)} to ${percent(high)}`,
      ])}
    />`}
  >
    ${
      isAny
        ? html`<${IntervalChart}
            id=${`stays-${name.replaceAll(' ', '-')}`}
            title=${`Readmission rate of ${name} by month`}
            months=${months}
          />`
        : html`<p class="quiet">Every month counts fewer than 11 of them.</p>`
    }
  <//>`
}

function Prescriptions({ quality }: { readonly quality: Report['quality'] }): Html {
  if (quality.prescriptions.length === 0)
    return html`<p class="quiet">No drug is taken by 11 patients or more; a drug that fewer take is not named.</p>`
  return html`<${Table}
    caption="Prescriptions by drug; a drug that fewer than 11 patients take is not named"
    tools=${true}
    columns=${['drug', 'source', { name: 'patients', number: true }, { name: 'prescriptions', number: true }]}
    rows=${quality.prescriptions.map(one => [one.drug, one.source, numberText(one.patients), numberText(one.prescriptions)])}
  />`
}
