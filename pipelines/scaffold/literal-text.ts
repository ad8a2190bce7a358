/** The width at which prettier breaks a line of this repository. */
const widest = 120

/** The position of a literal, which decides whether it fits on one line. */
export interface Place {
  /** Spaces at the start of its line. */
  readonly indent: number
  /** Text before it on its line, without these spaces. */
  readonly before: string
  /** Text directly after it, such as a comma. */
  readonly after: string
}

/** True if a text fits on its line. */
function fits({ indent, before, after }: Place, text: string): boolean {
  return indent + widthOf(before) + widthOf(text) + after.length <= widest
}

/** The width as prettier counts it: East Asian characters are two wide, combining accents have no width. */
function widthOf(text: string): number {
  const plain = text.replaceAll(/[\u0300-\u036f]|[\u200b-\u200d]|[\u20d0-\u20ff]|[\ufe00-\ufe0f]|[\ufe20-\ufe2f]/g, '')
  const wide = plain.match(
    /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]/g,
  )
  // A character beyond U+FFFF has two units, and most of these are wide.
  return plain.length + (wide?.length ?? 0)
}

/** A list of strings, as prettier writes it. */
export function listText(items: readonly string[], place: Place): string {
  const line = `[${items.map(quoted).join(', ')}]`
  if (fits(place, line)) return line
  return broken('[', items.map(quoted), ']', place.indent)
}

/** One member of an object; a long member puts its value on the next line. */
export interface Member {
  readonly name: string
  readonly value: string
}

/** An object, as prettier writes it. */
export function objectText(members: readonly Member[], place: Place): string {
  const line = `{ ${members.map(({ name, value }) => `${key(name)}: ${value}`).join(', ')} }`
  return fits(place, line) ? line : brokenObject(members, place.indent)
}

/**
 * A call of `object` with fields, and with the names of ignored fields if there are any.
 */
export function callText(members: readonly Member[], ignored: readonly string[], place: Place): string {
  const { indent, before, after } = place
  const start = 'object('
  if (ignored.length === 0) {
    return `${start}${objectText(members, { indent, before: before + start, after: `)${after}` })})`
  }
  const anywhere = { indent: -Infinity, before: '', after: '' }
  const line = `${start}${objectText(members, anywhere)}, ${listText(ignored, anywhere)})`
  if (fits(place, line)) return line
  // Prettier breaks all arguments if the first is broken; otherwise it would break only the last.
  const own = { indent: indent + 2, before: '', after: ',' }
  return broken(start, [brokenObject(members, own.indent), listText(ignored, own)], ')', indent)
}

function brokenObject(members: readonly Member[], indent: number): string {
  const own = { indent: indent + 2, before: '', after: ',' }
  const lines = members.map(({ name, value }) => {
    const line = `${key(name)}: ${value}`
    return fits(own, line) ? line : `${key(name)}:\n${' '.repeat(own.indent + 2)}${value}`
  })
  return broken('{', lines, '}', indent)
}

function broken(start: string, items: readonly string[], end: string, indent: number): string {
  const inner = ' '.repeat(indent + 2)
  return `${start}\n${items.map(item => `${inner}${item},\n`).join('')}${' '.repeat(indent)}${end}`
}

const key = (name: string): string => (/^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(name) ? name : quoted(name))

/** A string as prettier writes it: single quotes, unless double ones need fewer escapes. */
export function quoted(text: string): string {
  const plain = JSON.stringify(text)
  const isDouble = text.includes("'") && text.split("'").length > text.split('"').length
  return isDouble ? plain : `'${plain.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}
