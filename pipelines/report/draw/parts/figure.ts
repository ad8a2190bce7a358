import { html, type Html } from './html.ts'

interface FigureProps {
  readonly title: string
  readonly note?: Html | undefined
  readonly children?: Html
  /** What the chart shows, as a table. */
  readonly table?: Html | undefined
}

/** A chart with its heading, and the table behind it. */
export function Figure({ title, note, children, table }: FigureProps): Html {
  return html`<figure>
    <figcaption><b>${title}</b>${note === undefined ? null : html` <span>${note}</span>`}</figcaption>
    ${children}
    ${
      table === undefined
        ? null
        : html`<details class="behind">
            <summary>Numbers</summary>
            ${table}
          </details>`
    }
  </figure>`
}
