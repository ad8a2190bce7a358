import htm from 'htm'
import { h, type VNode } from 'preact'
import { renderToString } from 'preact-render-to-string'

/** A piece of the page. */
export type Html = VNode | readonly Html[] | string | number | null

type Tag = (strings: TemplateStringsArray, ...values: readonly unknown[]) => VNode

/** Makes a piece of HTML or SVG; every value is escaped. The types of htm know its other form of module only. */
export const html: Tag = (htm as unknown as { readonly bind: (make: typeof h) => Tag }).bind(h)

/** End tags that HTML lets a page leave out: a third of a large table. */
const optionalEnds = /<\/(?:td|th|tr|li|thead|tbody|dt|dd)>/g
const emptyShapes = /><\/(?:path|rect|circle)>/g
/** In text a quotation mark is written as `&quot;`, so these are in tags alone. */
const needlessQuotes = /([a-z-]+)="([\w#.:-][\w#.:/-]*)"(?=[\s>])/g
const needlessTrue = / (data-[a-z]+)="true"/g

/** The text of a piece, as short as HTML allows: a page has thousands of cells. */
export function textOfHtml(piece: VNode): string {
  return renderToString(piece)
    .replaceAll(optionalEnds, '')
    .replaceAll(emptyShapes, '/>')
    .replaceAll(needlessTrue, ' $1')
    .replaceAll(needlessQuotes, '$1=$2')
}
