/** A name that occurs a second time in one object. */
export interface RepeatedName {
  readonly name: string
  /** The path of the object: names and positions from the outermost value inwards. */
  readonly path: readonly (string | number)[]
}

interface Open {
  /** Undefined for a list. */
  readonly names: Set<string> | undefined
  /** The name or the position of the current or next value. */
  at: string | number
}

/**
 * Finds the names that occur more than once in one object of a JSON text: parsing keeps only the last. Names are compared
 * after unescaping, so `"a"` and `"\u0061"` are equal.
 *
 * @param text valid JSON
 */
export function* repeatedNames(text: string): Generator<RepeatedName> {
  const open: Open[] = []
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    const inner = open.at(-1)
    if (character === '{') open.push({ names: new Set(), at: '' })
    else if (character === '[') open.push({ names: undefined, at: 0 })
    else if (character === '}' || character === ']') open.pop()
    else if (character === ',' && typeof inner?.at === 'number') inner.at++
    else if (character === '"') {
      const end = stringEnd(text, at)
      if (inner?.names !== undefined && isName(text, end)) {
        const name = JSON.parse(text.slice(at, end)) as string
        if (inner.names.has(name)) yield { name, path: open.slice(0, -1).map(outer => outer.at) }
        inner.names.add(name)
        inner.at = name
      }
      at = end - 1
    }
  }
}

/** True if a name occurs more than once in an object of a JSON text. */
export function repeatsName(text: string): boolean {
  return repeatedNames(text).next().done !== true
}

/**
 * Parses JSON, and refuses a name that occurs twice in one object: one of the two values would be dropped silently.
 *
 * @throws SyntaxError if the text is not JSON, or repeats a name; the latter quotes nothing
 */
export function parseJsonOnce(text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (repeatsName(text)) throw new SyntaxError('a name occurs twice in one object')
  return value
}

/** True if the string that ends before `end` is a name in an object and not a value. */
function isName(text: string, end: number): boolean {
  let at = end
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at++
  return text[at] === ':'
}

/** @returns the index after the string that starts at `at` */
function stringEnd(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '"') return i + 1
  }
  return text.length
}

/**
 * Indents JSON by two blanks per level and keeps numbers, texts and names unchanged: parsing and writing it again would lose
 * digits, and all but the last of equal names.
 *
 * @param text valid JSON
 * @param margin a prefix of every line but the first
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
