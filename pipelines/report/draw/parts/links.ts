import { html, type Html } from './html.ts'

/** Addresses within the page. */
export const address = {
  batch: (source: string, date: string): string => `/batch/${source}/${date}`,
  source: (name: string): string => `/source/${name}`,
  class: (name: string): string => `/class/${name}`,
  table: (name: string): string => `/table/${name}`,
  view: (name: string): string => `/view/${name}`,
} as const

/** A link to an address of the page. */
export function Go({ to, children }: { readonly to: string; readonly children?: Html }): Html {
  return html`<a href=${`#${to}`}>${children}</a>`
}

/** A command or a query to copy. */
export function Copy({ text }: { readonly text: string }): Html {
  return html`<span class="copy"><code>${text}</code><button data-copy aria-label="Copy">Copy</button></span>`
}

/** Items with a comma between them. */
export function commas(items: readonly Html[]): Html {
  return items.flatMap((item, at) => (at === 0 ? [item] : [', ', item]))
}
