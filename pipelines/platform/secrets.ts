import { execFileSync } from 'node:child_process'
import { type Environment, nonEmpty } from './environment.ts'
import { UsageError } from './errors.ts'
import { readTextFile } from './text-file.ts'

/**
 * The secrets of a process. Each is said by its variable, by a file that `<name>_FILE` names, or by a command in
 * `<name>_COMMAND`; never by a flag or a project's file. Two have a reader of their own for the file, which is stricter or gives
 * the file another name in `caseload config`.
 */
const secrets: readonly { readonly name: string; readonly file: boolean }[] = [
  { name: 'DATABASE_URL', file: false },
  { name: 'PGPASSWORD', file: true },
  { name: 'CASELOAD_PSEUDONYM_KEY', file: false },
  { name: 'CASELOAD_NOTIFY_WEBHOOK', file: true },
  { name: 'CASELOAD_NOTIFY_SMTP_PASSWORD', file: true },
  { name: 'CASELOAD_PING', file: true },
  { name: 'OPENLINEAGE_API_KEY', file: true },
]

/** The variables whose whole value is a secret, besides those of other programs. */
export const secretNames: readonly string[] = secrets.map(one => one.name)

/**
 * Reads the secrets that files and commands say, once, before anything uses them: from here on each is in its variable.
 *
 * @param env usually process.env; it is changed
 * @throws UsageError if a secret is said in two ways, or a file or a command gives no single line; it repeats no content
 */
export function readSecrets(env: NodeJS.ProcessEnv): void {
  for (const { name, file } of secrets) {
    const said = [name, `${name}_FILE`, `${name}_COMMAND`].filter(one => nonEmpty(env[one]) !== undefined)
    const [way] = said
    if (said.length > 1 && (file || said.includes(`${name}_COMMAND`)))
      throw new UsageError(`${said.join(' and ')} are set together. Set one of them.`)
    if (way === undefined || way === name || (way === `${name}_FILE` && !file)) continue
    env[name] = way.endsWith('_FILE') ? lineOfFile(way, env) : lineOfCommand(way, env)
    Reflect.deleteProperty(env, way)
  }
}

function lineOfFile(variable: string, env: Environment): string {
  const path = env[variable] ?? ''
  try {
    return oneLine(readTextFile(path), `the file that ${variable} names (${path})`)
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${variable} names ${path}, which cannot be read.`)
  }
}

const commandMs = 10_000

function lineOfCommand(variable: string, env: NodeJS.ProcessEnv): string {
  let said: string
  try {
    // Its errors go to the terminal, as a program that asks for a login needs it; what it prints is the secret.
    said = execFileSync('/bin/sh', ['-c', env[variable] ?? ''], {
      encoding: 'utf8',
      env,
      timeout: commandMs,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  } catch (error) {
    const { status, signal } = error as { readonly status?: number | null; readonly signal?: string | null }
    const how = signal == null ? `it ended with ${status ?? 'an error'}` : `it was stopped after ${commandMs / 1000} s`
    throw new UsageError(`Expected the command of ${variable} to print a secret and end with 0; ${how}.`)
  }
  return oneLine(said, `the answer of the command of ${variable}`)
}

function oneLine(text: string, where: string): string {
  const line = text.trim()
  if (line !== '' && !/[\r\n]/.test(line)) return line
  throw new UsageError(`Expected one line in ${where}, found ${line === '' ? 'nothing' : 'more'}.`)
}
