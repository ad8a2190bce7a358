/**
 * Lays JSON out over lines, two blanks a level, without touching a number, a text or a name: parsing and writing it again
 * would lose digits, and all but the last of equal names.
 *
 * @param text valid JSON
 * @param margin stands before every line but the first
 */
export function indentJson(text: string, margin = ''): string {
  const parts: string[] = []
  let depth = 0
  const line = (): string => `\n${margin}${'  '.repeat(depth)}`
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^\s[\]{}:,"]+/gs)) {
    const isEmpty = (token === '}' || token === ']') && /^[[{]\n/.test(parts.at(-1) ?? '')
    if (token === '}' || token === ']') depth--
    if (isEmpty) parts[parts.length - 1] = token === '}' ? '{}' : '[]'
    else if (token === '}' || token === ']') parts.push(line(), token)
    else if (token === ',') parts.push(token, line())
    else if (token === ':') parts.push(': ')
    else if (token === '{' || token === '[') {
      depth++
      parts.push(`${token}${line()}`)
    } else parts.push(token)
  }
  return parts.join('')
}
