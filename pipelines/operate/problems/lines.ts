import { visibleControls } from '../../platform/control-characters.ts'
import { wrap } from '../../platform/text-table.ts'

/** What is wrong and when to call the command, up to its colon; and the command. */
export interface Line {
  readonly text: string
  readonly command: string
}

const indent = '  '

/**
 * Lines of text, or an empty text for none. Nothing is cut.
 *
 * @param width of a terminal: a longer line wraps, with its command on a line of its own, to paste; undefined: no line wraps
 */
export function linesText(lines: readonly Line[], width?: number): string {
  return lines.map(line => `${fitted(line, width)}\n`).join('')
}

function fitted({ text, command }: Line, width: number | undefined): string {
  const line = `${text} ${command}`
  if (width === undefined || line.length <= width) return line
  return [...wrap(text, Math.max(1, width - indent.length)), command].join(`\n${indent}`)
}

/** A reader of lines, such as grep, sees the whole reason: what to do stands at its end. */
export const oneLine = (reason: string): string =>
  visibleControls(reason.replaceAll(/\s+/g, ' ')).trim().replace(/\.$/, '')
