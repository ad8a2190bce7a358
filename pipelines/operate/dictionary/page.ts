import { textTable, wrap } from '../../platform/text-table.ts'

/** A part of a page, for the terminal and for Markdown alike. */
export type Block =
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'heading'; readonly text: string }
  | {
      readonly kind: 'table'
      readonly columns: readonly string[]
      readonly rows: readonly (readonly (string | number)[])[]
      /** Columns whose cells are names and code. */
      readonly code: readonly string[]
    }

/** What the dictionary says of one thing. */
export interface Page {
  readonly title: string
  readonly blocks: readonly Block[]
}

/** @param width of the terminal; undefined: no limit */
export function pageText({ title, blocks }: Page, width: number | undefined): string {
  const parts = blocks.map(block => {
    if (block.kind === 'table') return textTable(block.columns, block.rows, { width })
    if (block.kind === 'heading') return `${block.text}:\n`
    return `${(width === undefined ? [block.text] : wrap(block.text, width)).join('\n')}\n`
  })
  return blocks.reduce((text, block, at) => {
    const before = blocks[at - 1]?.kind === 'heading' ? '' : '\n'
    return `${text}${before}${parts[at] ?? ''}`
  }, `${title}\n`)
}

/** @param level of the title: 2 is `##` */
export function pageMarkdown({ title, blocks }: Page, level = 1): string {
  const parts = blocks.map(block => {
    if (block.kind === 'table') return tableMarkdown(block)
    return block.kind === 'heading' ? `${'#'.repeat(level + 1)} ${block.text}` : escaped(block.text)
  })
  return `${[`${'#'.repeat(level)} ${code(title)}`, ...parts].join('\n\n')}\n`
}

function tableMarkdown({ columns, rows, code: named }: Extract<Block, { kind: 'table' }>): string {
  const cell = (value: string | number, i: number): string => {
    const text = String(value)
    return text !== '' && named.includes(columns[i] ?? '') ? code(text).replaceAll('|', '\\|') : escaped(text)
  }
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(columns), line(columns.map(() => '---')), ...rows.map(row => line(row.map(cell)))].join('\n')
}

const code = (text: string): string => `\`${text}\``

/** Code in backticks stays; outside of it, Markdown's marks lose their meaning. */
const escaped = (text: string): string =>
  text
    .split(/(`[^`]*`)/)
    .map((part, at) => (at % 2 === 1 ? part : part.replaceAll(/[\\<>*|[\]]/g, '\\$&')))
    .join('')
