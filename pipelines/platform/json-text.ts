/** A name that an object has a second time. */
export interface RepeatedName {
  readonly name: string
  /** Where the object stands: names and positions from the outermost value inwards. */
  readonly path: readonly (string | number)[]
}

interface Open {
  /** Undefined for a list. */
  readonly names: Set<string> | undefined
  /** The name or the position of the value that comes next, or is under way. */
  at: string | number
}

/**
 * Finds the names that an object of a JSON text has more than once: parsing forgets all but the last. Names are compared as
 * they read, so `"a"` and `"\u0061"` are one.
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

/** Whether an object of a JSON text has a name more than once. */
export function repeatsName(text: string): boolean {
  return repeatedNames(text).next().done !== true
}

/**
 * Parses JSON in which no object has a name twice: of two values one would be taken without a word.
 *
 * @throws SyntaxError if it is no JSON, or has a name twice; that of a name twice quotes nothing
 */
export function parseJsonOnce(text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (repeatsName(text)) throw new SyntaxError('a name occurs twice in one object')
  return value
}

/** True if the string that ends before `end` is a name in an object, and no value. */
function isName(text: string, end: number): boolean {
  let at = end
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at++
  return text[at] === ':'
}

/** @returns the place behind the string that begins at `at` */
function stringEnd(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '"') return i + 1
  }
  return text.length
}

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
