import { html, type Html } from '../parts/html.ts'
import { Page } from '../parts/page.ts'

/** Where the script lists what it finds. */
export function Search(): Html {
  return html`<${Page} at="/search" kind="page" title="Search">
    <p class="quiet" id="found" role="status">
      Type in the field above: sources, tables, views, columns, rules, batches and runs.
    </p>
    <ul id="results"></ul>
  <//>`
}
