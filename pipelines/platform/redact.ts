import type { Environment } from './environment.ts'
import { secretNames } from './secrets.ts'

/** Environment variables whose whole value is a secret. */
const wholeSecrets: readonly string[] = [...secretNames, 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']

/** Replaces a secret. */
const redacted = '***'

/**
 * Shorter secrets, and words of Caseload's own messages, are removed only where a password is expected (in a URL, or after
 * `password=`). Removed everywhere, the gaps in common words would reveal them: for a password `e`, every e.
 */
const shortestByValue = 4
const ownWords: readonly string[] = ['caseload', 'postgres', 'postgresql', 'database', 'password', 'server', 'source']

/** `scheme://user:password@` with any password; a password contains no `/`, `@` or blank that is not encoded. */
const urlPassword = /\b([a-z][a-z0-9+.-]*:\/\/[^\s:@/?#]*):[^\s@/]+@/gi
/** `password=...` in a URL's query or a libpq connection string, quoted or not. */
const namedPassword = /\b((?:pg|ssl)?password\s*=\s*)('(?:[^'\\]|\\.)*'|"[^"]*"|[^\s&'",;]+)/gi

/**
 * Creates the function that redacts every line that a command writes: errors, stacks, log lines. It removes the secrets of
 * the environment by value, as written in a URL, in JSON or in a connection string.
 *
 * @param env usually process.env
 * @returns a function that replaces each secret in a text by `***`
 */
export function redactor(env: Environment): (text: string) => string {
  const found = secretsOf(env)
  const values = found.filter(one => one.length >= shortestByValue && !ownWords.includes(one.toLowerCase()))
  // The longest first: a whole connection string is replaced before the password in it.
  const forms = [...new Set(values.flatMap(formsOf))].sort((a, b) => b.length - a.length)
  return text => {
    const byValue = forms.reduce((rest, form) => rest.replaceAll(form, redacted), text)
    return byValue.replaceAll(urlPassword, `$1:${redacted}@`).replaceAll(namedPassword, `$1${redacted}`)
  }
}

function secretsOf(env: Environment): readonly string[] {
  const url = env['DATABASE_URL'] ?? ''
  const named = wholeSecrets.map(name => env[name] ?? '')
  return [url, ...passwordsOf(url), ...named, ...named.map(text => text.trim())].filter(text => text !== '')
}

/** The password as written in the URL's authority or query. A text that is not a URL is cut at its last `@`. */
function passwordsOf(url: string): readonly string[] {
  const authority = /^[a-z][a-z0-9+.-]*:(?:\/\/)?[^:@/?#]*:([^/?#]*)@/i.exec(url)?.[1] ?? ''
  if (!URL.canParse(url)) return [authority, /^[a-z][a-z0-9+.-]*:\/\/[^:@]*:(.*)@/i.exec(url)?.[1] ?? '']
  const { password, searchParams } = new URL(url)
  return [authority, password, ...['password', 'sslpassword'].map(name => searchParams.get(name) ?? '')]
}

/** The forms of a secret: unchanged, URL-decoded, URL-encoded, and inside a JSON string. */
function formsOf(secret: string): readonly string[] {
  const plain = [secret, orSame(decodeURIComponent, secret)].filter(text => text.length >= shortestByValue)
  return plain.flatMap(text => [text, orSame(encodeURIComponent, text), JSON.stringify(text).slice(1, -1)])
}

/** The functions of URI encoding throw for some texts. */
function orSame(change: (text: string) => string, text: string): string {
  try {
    return change(text)
  } catch {
    return text
  }
}
