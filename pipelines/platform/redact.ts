/** Environment variables whose whole value is a secret. */
const secretNames = [
  'PGPASSWORD',
  'OPENLINEAGE_API_KEY',
  'CASELOAD_PSEUDONYM_KEY',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
] as const

/** What stands where a secret stood. */
export const redacted = '***'

/**
 * Shorter secrets, and the words that our own messages are made of, are removed only where a password stands (in a URL, or
 * after `password=`). Removed everywhere, each gap in a common word would spell them out: of a password `e`, every e.
 */
const shortestByValue = 4
const ownWords: readonly string[] = ['caseload', 'postgres', 'postgresql', 'database', 'password', 'server', 'source']

/** `scheme://user:password@`, whosever password it is; a password holds no `/`, `@` or blank that is not encoded. */
const urlPassword = /\b([a-z][a-z0-9+.-]*:\/\/[^\s:@/?#]*):[^\s@/]+@/gi
/** `password=...` in a URL's query or a libpq connection string, quoted or not. */
const namedPassword = /\b((?:pg|ssl)?password\s*=\s*)('(?:[^'\\]|\\.)*'|"[^"]*"|[^\s&'",;]+)/gi

/**
 * Makes the function through which every line goes that leaves a command: errors, stacks, log lines. It removes the
 * secrets of the environment by value, in the forms in which a URL, JSON or a connection string writes them.
 *
 * @param env the environment, usually process.env
 * @returns gives a text back with `***` for each secret in it
 */
export function redactor(env: Readonly<Record<string, string | undefined>>): (text: string) => string {
  const found = secretsOf(env)
  const values = found.filter(one => one.length >= shortestByValue && !ownWords.includes(one.toLowerCase()))
  // The longest first: a connection string goes as a whole, before the password within it.
  const forms = [...new Set(values.flatMap(formsOf))].sort((a, b) => b.length - a.length)
  return text => {
    const byValue = forms.reduce((rest, form) => rest.replaceAll(form, redacted), text)
    return byValue.replaceAll(urlPassword, `$1:${redacted}@`).replaceAll(namedPassword, `$1${redacted}`)
  }
}

function secretsOf(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const url = env['DATABASE_URL'] ?? ''
  const named = secretNames.map(name => env[name] ?? '')
  return [url, ...passwordsOf(url), ...named, ...named.map(text => text.trim())].filter(text => text !== '')
}

/** The password as the URL writes it, in its authority or its query. One that is no URL is cut at its last `@`. */
function passwordsOf(url: string): readonly string[] {
  const authority = /^[a-z][a-z0-9+.-]*:(?:\/\/)?[^:@/?#]*:([^/?#]*)@/i.exec(url)?.[1] ?? ''
  if (!URL.canParse(url)) return [authority, /^[a-z][a-z0-9+.-]*:\/\/[^:@]*:(.*)@/i.exec(url)?.[1] ?? '']
  const { password, searchParams } = new URL(url)
  return [authority, password, ...['password', 'sslpassword'].map(name => searchParams.get(name) ?? '')]
}

/** How a secret may be written: as it is, decoded from a URL, encoded for one, and within a JSON string. */
function formsOf(secret: string): readonly string[] {
  const plain = [secret, orSame(decodeURIComponent, secret)].filter(text => text.length >= shortestByValue)
  return plain.flatMap(text => [text, orSame(encodeURIComponent, text), JSON.stringify(text).slice(1, -1)])
}

/** Both throw for a text that is none of theirs. */
function orSame(change: (text: string) => string, text: string): string {
  try {
    return change(text)
  } catch {
    return text
  }
}
