/** A stretch of a line. Its text is ASCII, so that a character is a column. */
export interface StyledText {
  readonly text: string
  readonly style?: Style
}

/** How a piece looks where colours are wanted. */
export type Style = 'dim' | 'red'

const on: Readonly<Record<Style, number>> = { dim: 2, red: 31 }
const off: Readonly<Record<Style, number>> = { dim: 22, red: 39 }

/**
 * One line for a terminal, cut where it is too narrow: a line that wraps could not be taken away again.
 *
 * @param width columns it may take
 * @param color with escape sequences for styles; each ends in the line that it begins in
 */
export function styledLine(parts: readonly StyledText[], width: number, color: boolean): string {
  return fit(parts, width)
    .map(({ text, style }) =>
      color && style !== undefined ? `\u001b[${on[style]}m${text}\u001b[${off[style]}m` : text,
    )
    .join('')
}

function fit(parts: readonly StyledText[], width: number): readonly StyledText[] {
  const length = parts.reduce((sum, { text }) => sum + text.length, 0)
  if (length <= width) return parts
  const fitting: StyledText[] = []
  let room = width - 1
  for (const piece of parts) {
    if (room <= 0) break
    fitting.push({ ...piece, text: piece.text.slice(0, room) })
    room -= piece.text.length
  }
  return width > 0 ? [...fitting, { text: '\u2026' }] : []
}
