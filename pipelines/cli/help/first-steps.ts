import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** The commands that a new user needs, each with what it does. */
export const firstCommands: readonly (readonly [call: string, does: string])[] = [
  ['run <source> <date>', 'load one day of a source; safe to repeat'],
  ['status', 'what is published, what failed, what is overdue'],
  ['quarantine ls', 'rows that were not loaded: where they came from and why'],
  ['sql "select ..."', 'query the tables and the views'],
  ['new source <name>', 'create a source from a sample of its files'],
]

/** Where `caseload` is called. */
export interface FirstStepsOptions {
  /** The landing root, which is searched for a first batch. */
  readonly landing: string
  /** Whether this is a project folder, as `caseload init` creates it. */
  readonly inProject: boolean
  /** How Caseload is called here: `caseload` or `npx caseload`. */
  readonly program: string
}

/**
 * What `caseload` alone prints.
 *
 * @returns lines, with a line feed at the end
 */
export function firstSteps({ landing, inProject, program }: FirstStepsOptions): string {
  const batch = findBatch(landing)
  const first =
    batch !== undefined
      ? [`  ${program} run ${batch.source} ${batch.date}`]
      : inProject
        ? [
            `  ${program} new source ward_vitals --from vitals.csv`,
            '',
            'with the name of your source and a sample of its files.',
          ]
        : [
            `  ${program} init my-hospital`,
            '',
            'It creates a project folder. The landing root here has no batch to load.',
          ]
  const width = Math.max(...firstCommands.map(([call]) => call.length)) + 2
  return [
    'Caseload loads the raw files of one source and one day into PostgreSQL, all tables at once.',
    '',
    'Type this first:',
    ...first,
    '',
    'The five commands to start with:',
    ...firstCommands.map(([call, does]) => `  ${program} ${call.padEnd(width)}${does}`),
    '',
    `All commands: ${program} --help. Flags and examples of one: ${program} run --help.`,
    '',
  ].join('\n')
}

/** A landed batch, so that the suggested command works. */
function findBatch(landing: string): { readonly source: string; readonly date: string } | undefined {
  const sources = namesIn(landing).filter(name => /^[a-z][a-z0-9_]*$/.test(name))
  // Of the sample batches of a clone, source_a shows most in the fewest tables.
  for (const source of [...sources.filter(name => name === 'source_a'), ...sources.sort()]) {
    const date = landedDates(landing, source)[0]
    if (date !== undefined) return { source, date }
  }
  return undefined
}

/** The days of a source that have a landing folder, as `yyyy-mm-dd`, oldest first; empty if the folder cannot be listed. */
export function landedDates(landing: string, source: string): readonly string[] {
  return namesIn(join(landing, source))
    .filter(name => /^\d{8}$/.test(name))
    .sort()
    .map(name => `${name.slice(0, 4)}-${name.slice(4, 6)}-${name.slice(6)}`)
}

/** Empty if the folder does not exist or cannot be listed; caseload doctor reports that. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
