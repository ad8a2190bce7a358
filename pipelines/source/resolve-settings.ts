import { resolve } from 'node:path'
import { embeddedDatabase, namesServer, urlOfFile } from '../platform/database-url.ts'
import { type Environment, nonEmpty } from '../platform/environment.ts'
import { findProject } from '../platform/find-project.ts'
import { isS3 } from '../platform/s3-location.ts'
import { type ProjectConfiguration, readConfiguration } from './project-configuration.ts'

/** What a project says about a setting that a variable can hold, too. */
export interface ConfiguredSetting {
  /** `landing`, `defaults.retries`. */
  readonly key: string
  readonly variable: string
  /** As the variable would say it; a path is absolute. */
  readonly value: string | undefined
}

/** The variable of each key below `defaults`. The keys whose value is a path are in {@link paths}. */
const variables = {
  maxBadRows: 'CASELOAD_MAX_BAD_ROWS',
  retries: 'CASELOAD_RETRIES',
  keep: 'CASELOAD_KEEP',
  timeout: 'CASELOAD_TIMEOUT',
  concurrency: 'CASELOAD_CONCURRENCY',
  failFast: 'CASELOAD_FAIL_FAST',
  quiet: 'CASELOAD_QUIET',
  logFormat: 'CASELOAD_LOG_FORMAT',
  memory: 'CASELOAD_MEMORY',
  work: 'CASELOAD_WORK',
  notify: 'CASELOAD_NOTIFY',
} as const

/** The settings of a project that are no part of its sources: each has a variable, which goes before it. */
export function configuredSettings(root: string, { values }: ProjectConfiguration): readonly ConfiguredSetting[] {
  const { landing, defaults = {}, notify = {} } = values
  const absolute = (path: string | undefined): string | undefined =>
    path === undefined || isS3(path) ? path : resolve(root, path)
  return [
    { key: 'landing', variable: 'CASELOAD_LANDING', value: absolute(landing) },
    ...Object.entries(variables).map(([key, variable]) => {
      const value = defaults[key as keyof typeof variables]
      const text = value === undefined ? undefined : String(value)
      return { key: `defaults.${key}`, variable, value: key === 'work' ? absolute(text) : text }
    }),
    { key: 'notify.smtp', variable: 'CASELOAD_NOTIFY_SMTP', value: notify.smtp },
    { key: 'notify.from', variable: 'CASELOAD_NOTIFY_FROM', value: notify.from },
    { key: 'notify.to', variable: 'CASELOAD_NOTIFY_TO', value: notify.to?.join(',') },
  ]
}

/** Where the database of a command is said. */
export type DatabaseOrigin = 'DATABASE_URL' | 'DATABASE_URL_FILE' | 'variables of libpq' | 'project' | 'default'

/**
 * Finds out which database a command uses: that of the variables, else that of the project, else the embedded one.
 *
 * @returns the URL; undefined for that of libpq's variables or the embedded one
 * @throws UsageError for variables that contradict each other
 */
export function chosenDatabase(
  env: Environment,
  configured: string | undefined,
): { readonly url: string | undefined; readonly isEmbedded: boolean; readonly from: DatabaseOrigin } {
  const chosen = (url: string, from: DatabaseOrigin): ReturnType<typeof chosenDatabase> =>
    url === embeddedDatabase ? { url: undefined, isEmbedded: true, from } : { url, isEmbedded: false, from }
  const ofFile = urlOfFile(env)
  if (ofFile !== undefined) return chosen(ofFile, 'DATABASE_URL_FILE')
  const named = nonEmpty(env['DATABASE_URL'])
  if (named !== undefined) return chosen(named, 'DATABASE_URL')
  if (namesServer(env)) return { url: undefined, isEmbedded: false, from: 'variables of libpq' }
  if (configured !== undefined) return chosen(configured, 'project')
  return { url: undefined, isEmbedded: true, from: 'default' }
}

/**
 * Resolves the settings of a process once, before anything reads them: each variable that is not set gets the value of the
 * project. From here on a setting is read from its variable alone, also by the processes that this one starts.
 *
 * @param env usually process.env; it is changed
 * @throws UsageError naming the file and the key that is wrong
 */
export function applyConfiguration(env: NodeJS.ProcessEnv, cwd: string): void {
  const project = findProject(env, cwd)
  const configured = project === undefined ? undefined : readConfiguration(project.root)
  const { url, isEmbedded, from } = chosenDatabase(env, configured?.values.database)
  if (url !== undefined) {
    env['DATABASE_URL'] = url
    delete env['DATABASE_URL_FILE']
  } else if (isEmbedded && from !== 'default') {
    for (const name of Object.keys(env))
      if (/^(?:PG[A-Z]+|DATABASE_URL(?:_FILE)?)$/.test(name)) Reflect.deleteProperty(env, name)
  }
  if (project === undefined || configured === undefined) return
  for (const { variable, value } of configuredSettings(project.root, configured)) {
    if (value !== undefined && nonEmpty(env[variable]) === undefined) env[variable] = value
  }
}

/** The database that the project names, undefined for none or the embedded one; a wrong file counts as none. */
export function configuredUrl(env: Environment, cwd: string): string | undefined {
  try {
    const project = findProject(env, cwd)
    const named = project === undefined ? undefined : readConfiguration(project.root).values.database
    return named === embeddedDatabase ? undefined : named
  } catch {
    return undefined
  }
}
