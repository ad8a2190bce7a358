/** The folder of this package, which may be inside the node_modules of a project. */
const packageRoot = new URL('../..', import.meta.url).href

/** Names of the errors that Caseload's code throws. */
const ownNames: readonly string[] = ['Error', 'DuckDbError']

/** A line of a stack with a position in code and no other text. */
const frame = /^ {4}at (?:.* \()?(?:file:\/\/|node:|\/|[A-Za-z]:\\|<anonymous>|native).*\)?$/

/**
 * Messages of the JavaScript engine that contain no value. Others do: that of JSON.parse quotes the text, and "Cannot create
 * property 'a' on string '...'" the string.
 */
const harmless = [
  /^Cannot (?:read|set) properties of (?:undefined|null) \((?:reading|setting) '\w{1,60}'\)$/,
  /^[\w.$#()]{1,120} is not (?:a function|a constructor|defined|iterable)$/,
  /^Maximum call stack size exceeded$/,
  /^Invalid (?:string|array|typed array) length(?:: \d+)?$/,
]

/** The printable part of an unexpected error. */
export interface BugReport {
  /** The class, the code if it has one, and the message if it cannot contain a value of a row. */
  readonly what: string
  /** The positions of the stack, one a line; empty without a stack. */
  readonly where: string
}

/**
 * Describes an unexpected error without values. Caseload's code throws plain `Error`s whose messages contain no value. The
 * messages of drivers, parsers and the JavaScript engine can quote a row, so they are withheld.
 *
 * @param error any thrown value
 */
export function describeBug(error: unknown): BugReport {
  if (!(error instanceof Error)) return { what: `a thrown value that is not an error: ${typeof error}`, where: '' }
  const where = framesOf(error)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const named = /^[A-Z0-9_]{1,60}$/.test(code) ? `${error.name} (${code})` : error.name
  const open = isOwn(error, where) || harmless.some(pattern => pattern.test(error.message))
  return { what: open ? `${named}: ${error.message}` : `${named}: the message is withheld, it may quote data`, where }
}

/** True for an error that a line of Caseload created, not one of a dependency or of Node. */
function isOwn(error: Error, where: string): boolean {
  const [first = ''] = where.replaceAll(packageRoot, 'file:///').split('\n')
  const place = /\(([^()]*)\)$/.exec(first)?.[1] ?? first.replace(/^ *at (?:async )?/, '')
  return ownNames.includes(error.name) && /^(?:file:|\/|[A-Za-z]:\\)/.test(place) && !place.includes('node_modules')
}

/** The stack starts with the message, which may have lines of any form. */
function framesOf(error: Error): string {
  const stack = error.stack ?? ''
  const at = error.message === '' ? -1 : stack.indexOf(error.message)
  const rest = at === -1 ? stack : stack.slice(at + error.message.length)
  return rest
    .split('\n')
    .filter(line => frame.test(line))
    .join('\n')
}
