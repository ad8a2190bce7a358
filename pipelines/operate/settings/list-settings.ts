import { resolve } from 'node:path'
import { caseloadHome } from '../../embedded/home.ts'
import { withoutPassword } from '../../platform/database-url.ts'
import { type Environment, nonEmpty } from '../../platform/environment.ts'
import { findProject, type Project } from '../../platform/find-project.ts'
import { isS3 } from '../../platform/s3-location.ts'
import { defaultBadRowLimit } from '../../source/bad-row-limit.ts'
import { type ProjectConfiguration, readConfiguration } from '../../source/project-configuration.ts'
import { chosenDatabase, configuredSettings } from '../../source/resolve-settings.ts'
import { defaultMemory, defaultWorkRoot } from '../../source/settings.ts'

/** A setting, its value, and where the value comes from. */
export interface ListedSetting {
  /** As `caseload.json` calls it; `project`, `home` and `sources` are not in that file. */
  readonly setting: string
  /** Null if there is none. It never holds a password. */
  readonly value: string | null
  /** A flag, a variable, the file of the project, or `default`. */
  readonly from: string
}

/** What {@link listSettings} reads. */
export interface ListSettingsOptions {
  readonly env: Environment
  readonly cwd: string
  /** Flags of the command line, by the key of their setting: `landing`, `defaults.logFormat`. */
  readonly flags: ReadonlyMap<string, { readonly flag: string; readonly value: string }>
}

/**
 * Lists every setting with where its value comes from: a flag goes before its variable, a variable before the project's file.
 *
 * @throws UsageError naming what is wrong in the project's file, or variables that contradict each other
 */
export function listSettings({ env, cwd, flags }: ListSettingsOptions): readonly ListedSetting[] {
  const project = findProject(env, cwd)
  const configured = readConfigurationOf(project)
  const defaults = defaultValues(project?.root ?? cwd)
  const settings = configuredSettings(project?.root ?? cwd, configured).map(({ key, variable, value }) => {
    const given = flags.get(key)
    const isPath = key === 'landing' || key === 'defaults.work'
    const shown = (text: string): string => (isPath && !isS3(text) ? resolve(cwd, text) : text)
    if (given !== undefined) return { setting: key, value: shown(given.value), from: given.flag }
    const named = nonEmpty(env[variable])
    if (named !== undefined) return { setting: key, value: shown(named), from: variable }
    if (value !== undefined) return { setting: key, value, from: configured.file ?? 'default' }
    return { setting: key, value: defaults[key] ?? null, from: 'default' }
  })
  const [landing, ...others] = settings
  return [
    place('project', project?.root, env, 'CASELOAD_PROJECT', 'the working directory'),
    place('home', caseloadHome(env, cwd), env, 'CASELOAD_HOME', 'default'),
    place('sources', absolute(cwd, env['CASELOAD_SOURCES']), env, 'CASELOAD_SOURCES', 'default'),
    ...(landing === undefined ? [] : [landing]),
    databaseSetting(env, cwd, configured),
    ...others,
    ...tokens.map(({ setting, variable }) => hiddenSetting(setting, variable, env)),
    ...declared(configured),
  ]
}

function readConfigurationOf(project: Project | undefined): ProjectConfiguration {
  return project === undefined ? { file: undefined, nameOf: key => key, values: {} } : readConfiguration(project.root)
}

const absolute = (cwd: string, path: string | undefined): string | undefined =>
  nonEmpty(path) === undefined ? undefined : resolve(cwd, path ?? '')

function place(
  setting: string,
  value: string | undefined,
  env: Environment,
  variable: string,
  otherwise: string,
): ListedSetting {
  const from = nonEmpty(env[variable]) !== undefined ? variable : value === undefined ? 'default' : otherwise
  return { setting, value: value ?? null, from }
}

/** Their whole value is a secret. */
const tokens = [
  { setting: 'notify.webhook', variable: 'CASELOAD_NOTIFY_WEBHOOK' },
  { setting: 'notify.smtpPassword', variable: 'CASELOAD_NOTIFY_SMTP_PASSWORD' },
  { setting: 'ping', variable: 'CASELOAD_PING' },
]

function hiddenSetting(setting: string, variable: string, env: Environment): ListedSetting {
  const way = [variable, `${variable}_FILE`, `${variable}_COMMAND`].find(name => nonEmpty(env[name]) !== undefined)
  return { setting, value: way === undefined ? null : 'set, not shown', from: way ?? 'default' }
}

function databaseSetting(env: Environment, cwd: string, { file, values }: ProjectConfiguration): ListedSetting {
  if (nonEmpty(env['DATABASE_URL_COMMAND']) !== undefined)
    return { setting: 'database', value: 'the answer of a command', from: 'DATABASE_URL_COMMAND' }
  const { url, isEmbedded, from } = chosenDatabase(env, values.database)
  const parts = ['PGHOST', 'PGPORT', 'PGDATABASE', 'PGUSER'].filter(name => nonEmpty(env[name]) !== undefined)
  const origin = { project: file ?? 'default', 'variables of libpq': parts.join(', ') }
  return {
    setting: 'database',
    value: isEmbedded
      ? `embedded PostgreSQL in ${caseloadHome(env, cwd)}`
      : url === undefined
        ? parts.map(name => `${name}=${env[name] ?? ''}`).join(' ')
        : withoutPassword(url),
    from: from === 'project' || from === 'variables of libpq' ? origin[from] : from,
  }
}

/** What holds where nobody says otherwise. */
function defaultValues(root: string): Readonly<Record<string, string>> {
  return {
    landing: resolve(root, 'data'),
    'defaults.maxBadRows': `the limit of the source, else ${defaultBadRowLimit.text}`,
    'defaults.retries': '5',
    'defaults.keep': '1',
    'defaults.timeout': 'none',
    'defaults.concurrency': 'the number of cores, or fewer if the server has not enough connections',
    'defaults.failFast': 'false',
    'defaults.quiet': 'false',
    'defaults.logFormat': 'text',
    'defaults.memory': defaultMemory,
    'defaults.work': defaultWorkRoot(),
    'defaults.notify': 'false',
  }
}

/** Zones and rules of the project: only its file holds them. */
function declared({ file = 'default', values }: ProjectConfiguration): readonly ListedSetting[] {
  return [
    ...Object.entries(values.zones ?? {}).map(([source, zone]) => ({
      setting: `zones.${source}`,
      value: zone,
      from: file,
    })),
    ...Object.entries(values.rules ?? {}).flatMap(([rule, change]) =>
      Object.entries(change).map(([action, reason]) => ({
        setting: `rules.${rule}`,
        value: `${action}: ${reason}`,
        from: file,
      })),
    ),
  ]
}
