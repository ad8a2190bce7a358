import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** The commands a newcomer needs, each with what it does for him. */
export const firstCommands: readonly (readonly [call: string, does: string])[] = [
  ['run <source> <date>', 'load one day of a source; doing it again is always safe'],
  ['status', 'what is loaded, what failed, what is missing'],
  ['quarantine ls', 'rows that were not loaded: where they were and why'],
  ['sql "select ..."', 'ask the tables and the views'],
  ['new source <name>', 'add a source of your own, from a sample of its files'],
]

/** Where Caseload is called. */
export interface Whereabouts {
  /** The landing root, in which a first batch is looked for. */
  readonly landing: string
  /** Whether this is a folder for sources of one's own, as `caseload init` makes it. */
  readonly inProject: boolean
  /** How Caseload is called here: `caseload` or `npx caseload`. */
  readonly program: string
}

/**
 * What `caseload` alone prints.
 *
 * @returns lines, with a line feed at the end
 */
export function firstSteps({ landing, inProject, program }: Whereabouts): string {
  const batch = findBatch(landing)
  const first =
    batch !== undefined
      ? [`  ${program} run ${batch.source} ${batch.date}`]
      : inProject
        ? [`  ${program} new source ward_vitals --from vitals.csv`, '', 'with a name and a sample of your own.']
        : [`  ${program} init my-hospital`, '', 'It makes a folder to work in; here no batch waits to be loaded.']
  const width = Math.max(...firstCommands.map(([call]) => call.length)) + 2
  return [
    'Caseload loads the raw files of one source and one day into PostgreSQL, all tables at once.',
    '',
    'Type this first:',
    ...first,
    '',
    'The five commands to begin with:',
    ...firstCommands.map(([call, does]) => `  ${program} ${call.padEnd(width)}${does}`),
    '',
    `All others: ${program} --help. Any of them with examples: ${program} run --help.`,
    '',
  ].join('\n')
}

/** A batch that waits there, so that the first command typed is one that works. */
function findBatch(landing: string): { readonly source: string; readonly date: string } | undefined {
  const sources = namesIn(landing).filter(name => /^[a-z][a-z0-9_]*$/.test(name))
  // The sample batches of a clone: source_a tells most in the fewest tables.
  for (const source of [...sources.filter(name => name === 'source_a'), ...sources.sort()]) {
    const date = landedDates(landing, source)[0]
    if (date !== undefined) return { source, date }
  }
  return undefined
}

/** The days of a source that have a landing folder, as `yyyy-mm-dd`, the oldest first; none where nothing can be listed. */
export function landedDates(landing: string, source: string): readonly string[] {
  return namesIn(join(landing, source))
    .filter(name => /^\d{8}$/.test(name))
    .sort()
    .map(name => `${name.slice(0, 4)}-${name.slice(4, 6)}-${name.slice(6)}`)
}

/** None where there is no folder, or one that we may not list: caseload doctor says so. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
