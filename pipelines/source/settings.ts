import { accessSync, constants, existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { z } from 'zod'
import { type Environment, nonEmpty } from '../platform/environment.ts'
import { UsageError } from '../platform/errors.ts'
import { findProject } from '../platform/find-project.ts'
import { isS3, parseS3 } from '../platform/s3-location.ts'
import { memoryPattern } from './configuration-schema.ts'
import { shippedSources } from './load-source.ts'

/** The settings from flags and environment, except the database. */
export interface Settings {
  /** Landing root: absolute, or `s3://bucket/prefix`. */
  readonly landing: string
  /** False: no flag and no variable names it, and it is the default. */
  readonly isLandingNamed: boolean
  /** DuckDB's memory_limit, such as `256MB`; the process uses about 230 MB more. */
  readonly memoryLimit: string
  /** DuckDB's threads. */
  readonly threads: number
  /** Folders of sources: CASELOAD_SOURCES, the project's, the shipped one; of two sources with one name the first counts. */
  readonly sourceFolders: readonly string[]
  /** Folder on a disk for private work folders. */
  readonly workRoot: string
  /** The bad-row limit as written; undefined: that of the source. */
  readonly maxBadRows: string | undefined
}

/** DuckDB's memory limit where nobody says otherwise. */
export const defaultMemory = '256MB'

const schema = z.object({
  landing: z.string().min(1).optional(),
  memory: z.string().regex(memoryPattern, 'CASELOAD_MEMORY is a size such as 256MB').default(defaultMemory),
  work: z.string().min(1).optional(),
  sources: z.string().min(1).optional(),
  maxBadRows: z.string().min(1).optional(),
})

/**
 * Reads the settings. A flag overrides its environment variable.
 *
 * @param flags of the command line
 * @param env CASELOAD_LANDING, CASELOAD_MEMORY, CASELOAD_WORK, CASELOAD_SOURCES, CASELOAD_PROJECT, CASELOAD_MAX_BAD_ROWS
 * @throws UsageError naming what is wrong
 */
export function readSettings(
  flags: { readonly landing?: string | undefined; readonly maxBadRows?: string | undefined },
  env: Environment,
  cwd: string,
): Settings {
  const found = schema.safeParse({
    landing: flags.landing ?? nonEmpty(env['CASELOAD_LANDING']),
    memory: nonEmpty(env['CASELOAD_MEMORY']),
    work: nonEmpty(env['CASELOAD_WORK']),
    sources: nonEmpty(env['CASELOAD_SOURCES']),
    maxBadRows: flags.maxBadRows ?? nonEmpty(env['CASELOAD_MAX_BAD_ROWS']),
  })
  if (!found.success) throw new UsageError(`${found.error.issues.map(issue => issue.message).join('; ')}.`)
  const { sources, landing = 'data' } = found.data
  const project = findProject(env, cwd)
  if (sources !== undefined && !existsSync(resolve(cwd, sources))) {
    throw new UsageError(`CASELOAD_SOURCES names ${resolve(cwd, sources)}, which does not exist.`)
  }
  return {
    landing: isS3(landing)
      ? parseS3(landing).url
      : resolve(found.data.landing === undefined ? (project?.root ?? cwd) : cwd, landing),
    isLandingNamed: found.data.landing !== undefined,
    memoryLimit: found.data.memory,
    // One core stays free for the server and the encoder: on two cores 5M readings took 12.0 s with one thread, 13.5 s with two.
    threads: Math.max(1, availableParallelism() - 1),
    sourceFolders: [
      ...(sources === undefined ? [] : [resolve(cwd, sources)]),
      ...(project !== undefined && existsSync(project.sources) ? [project.sources] : []),
      shippedSources,
    ],
    workRoot: found.data.work === undefined ? defaultWorkRoot() : resolve(cwd, found.data.work),
    maxBadRows: found.data.maxBadRows,
  }
}

/** Prefers /var/tmp, which is on a disk; /tmp may be memory, which spilling is meant to save. */
export function defaultWorkRoot(): string {
  try {
    accessSync('/var/tmp', constants.W_OK)
    return '/var/tmp'
  } catch {
    return tmpdir()
  }
}

/** Version of this package. */
export function packageVersion(): string {
  const { version } = createRequire(import.meta.url)('caseload/package.json') as { version: string }
  return version
}
