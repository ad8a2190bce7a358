import { html, type Html } from './html.ts'

interface PageProps {
  /** Its address, such as `/batch/icu/2023-05-01`. */
  readonly at: string
  readonly kind: string
  readonly title: string
  /** Beside the title. */
  readonly aside?: Html
  readonly children?: Html
}

/** One page: a section that shows where the address names it. */
export function Page({ at, kind, title, aside, children }: PageProps): Html {
  return html`<section id=${at} data-kind=${kind}>
    <h1>${title}${aside === undefined ? null : html` ${aside}`}</h1>
    ${children}
  </section>`
}
