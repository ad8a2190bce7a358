import { gzipSync } from 'node:zlib'

/** A page as it is drawn. */
export interface DrawnPage {
  readonly at: string
  readonly text: string
}

/** Up to so much, all pages stand in the file as they are, and it needs no script. */
const mostPlain = 1_200_000

/**
 * A large report has thousands of pages that look alike. They are compressed in the file, and the script opens the one that is
 * asked for: the browser lays out one page, not all.
 *
 * @param plain pages that always stand in the file
 * @param many pages of batches and sources
 * @returns the pages in the file, and a block of data that is no script; empty if all pages stand in the file
 */
export function packPages(
  plain: readonly DrawnPage[],
  many: readonly DrawnPage[],
): { readonly pages: string; readonly block: string } {
  const all = [...plain, ...many].map(page => page.text)
  const length = all.reduce((sum, text) => sum + text.length, 0)
  if (length <= mostPlain) return { pages: all.join('\n'), block: '' }
  const packed = gzipSync(JSON.stringify(Object.fromEntries(many.map(({ at, text }) => [at, text]))), { level: 9 })
  return {
    pages: plain.map(page => page.text).join('\n'),
    block: `<script type="application/gzip" id="packed">${packed.toString('base64')}</script>`,
  }
}
