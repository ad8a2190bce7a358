/** Where this package lies, which may itself be in somebody's node_modules. */
const packageRoot = new URL('../..', import.meta.url).href

/** Errors whose text our own code writes. */
const ourNames: readonly string[] = ['Error', 'DuckDbError']

/** A line of a stack that names a place in code, and nothing else. */
const frame = /^ {4}at (?:.* \()?(?:file:\/\/|node:|\/|[A-Za-z]:\\|<anonymous>|native).*\)?$/

/**
 * Messages of the JavaScript engine that hold no value. Others do: that of a broken JSON.parse quotes the text, and
 * "Cannot create property 'a' on string '...'" the string.
 */
const harmless = [
  /^Cannot (?:read|set) properties of (?:undefined|null) \((?:reading|setting) '\w{1,60}'\)$/,
  /^[\w.$#()]{1,120} is not (?:a function|a constructor|defined|iterable)$/,
  /^Maximum call stack size exceeded$/,
  /^Invalid (?:string|array|typed array) length(?:: \d+)?$/,
]

/** How a bug is shown: what it was, and where. */
export interface BugReport {
  /** Class, code where there is one, and the message where it cannot hold a value of a row. */
  readonly what: string
  /** The places of the stack, one a line; empty where there is none. */
  readonly where: string
}

/**
 * What may be shown of an error that nobody expected. Code of ours throws plain `Error`s whose messages hold no value; the
 * messages of drivers, parsers and the JavaScript engine can quote a row, and are left out. The stack tells the rest.
 *
 * @param error anything that was thrown
 */
export function describeBug(error: unknown): BugReport {
  if (!(error instanceof Error)) return { what: `something that is no error: ${typeof error}`, where: '' }
  const where = framesOf(error)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const named = /^[A-Z0-9_]{1,60}$/.test(code) ? `${error.name} (${code})` : error.name
  const open = isOurs(error, where) || harmless.some(pattern => pattern.test(error.message))
  return { what: open ? `${named}: ${error.message}` : `${named}: the message is withheld, it may quote data`, where }
}

/** An error of ours, made by a line that is neither a dependency's nor Node's. */
function isOurs(error: Error, where: string): boolean {
  const [first = ''] = where.replaceAll(packageRoot, 'file:///').split('\n')
  const place = /\(([^()]*)\)$/.exec(first)?.[1] ?? first.replace(/^ *at (?:async )?/, '')
  return ourNames.includes(error.name) && /^(?:file:|\/|[A-Za-z]:\\)/.test(place) && !place.includes('node_modules')
}

/** The stack begins with the message, which may have lines of any form. */
function framesOf(error: Error): string {
  const stack = error.stack ?? ''
  const at = error.message === '' ? -1 : stack.indexOf(error.message)
  const rest = at === -1 ? stack : stack.slice(at + error.message.length)
  return rest
    .split('\n')
    .filter(line => frame.test(line))
    .join('\n')
}
