/** A part of a line. Its text is ASCII, so that each character takes one column. */
export interface StyledText {
  readonly text: string
  readonly style?: Style
}

/** How a part looks if the terminal shows colors. */
export type Style = 'dim' | 'red' | 'green' | 'yellow'

const on: Readonly<Record<Style, number>> = { dim: 2, red: 31, green: 32, yellow: 33 }
const off: Readonly<Record<Style, number>> = { dim: 22, red: 39, green: 39, yellow: 39 }

/** A text between the escape sequences of its style. */
export const styled = (text: string, style: Style): string => `\u001b[${on[style]}m${text}\u001b[${off[style]}m`

/**
 * One line for a terminal, cut to its width: a line that wraps could not be erased.
 *
 * @param width maximum number of columns
 * @param color write escape sequences for styles; each style ends in its line
 */
export function styledLine(parts: readonly StyledText[], width: number, color: boolean): string {
  return fit(parts, width)
    .map(({ text, style }) => (color && style !== undefined ? styled(text, style) : text))
    .join('')
}

function fit(parts: readonly StyledText[], width: number): readonly StyledText[] {
  const length = parts.reduce((sum, { text }) => sum + text.length, 0)
  if (length <= width) return parts
  const fitting: StyledText[] = []
  let room = width - 1
  for (const part of parts) {
    if (room <= 0) break
    fitting.push({ ...part, text: part.text.slice(0, room) })
    room -= part.text.length
  }
  return width > 0 ? [...fitting, { text: '\u2026' }] : []
}
