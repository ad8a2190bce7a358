import { lstatSync, readdirSync, realpathSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { type Batch, compactDate } from './batch.ts'
import { MissingInputError, RefusedError } from './errors.ts'
import type { Input } from './inputs.ts'

/** One delivered file, and the input that claims it. */
export interface LandedFile {
  readonly input: string
  /** Absolute path. */
  readonly path: string
  /** Path under the landing root with `/` between its parts, as the ledger keeps it. */
  readonly name: string
  readonly gzip: boolean
}

/** The files of a batch, and the names of those that no input claims. */
export interface Landing {
  readonly files: readonly LandedFile[]
  readonly unclaimed: readonly string[]
}

/**
 * Lists the files of a batch in its landing folder, `<root>/<source>/<yyyymmdd>`, sorted by name within each input.
 *
 * @param root landing root, absolute
 * @throws MissingInputError if the folder or a required file is not there
 * @throws RefusedError for a file that is not a plain file below the landing root
 */
export function listLanding(root: string, batch: Batch, inputs: Readonly<Record<string, Input>>): Landing {
  const folder = join(root, batch.source, compactDate(batch.date))
  const names = listFolder(folder)
  const claimed = new Set<string>()
  const files = Object.entries(inputs).flatMap(([input, { files: patterns, presence }]) => {
    const matches = patterns.map(pattern => filePattern(pattern, batch))
    const found = names.filter(name => matches.some(match => match.test(name)))
    if (found.length === 0 && presence !== 'optional') {
      throw new MissingInputError(`Expected ${patterns.join(' or ')} (or .gz) in ${folder}, found no such file.`)
    }
    for (const name of found) claimed.add(name)
    return found.map(name => landedFile(root, folder, name, input))
  })
  return { files, unclaimed: names.filter(name => !claimed.has(name) && !name.startsWith('.')) }
}

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort()
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'EACCES' ? 'it cannot be read' : 'it is not there'
    throw new MissingInputError(
      `Expected a landing folder ${folder}, but ${reason}. --landing or CASELOAD_LANDING names the landing root.`,
      { cause: error },
    )
  }
}

function filePattern(pattern: string, batch: Batch): RegExp {
  const body = pattern
    .replaceAll('{date}', compactDate(batch.date))
    .split('*')
    .map(part => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*')
  return new RegExp(`^${body}(?:\\.gz)?$`)
}

function landedFile(root: string, folder: string, name: string, input: string): LandedFile {
  const path = join(folder, name)
  const real = realpathSync(path)
  const inside = real.startsWith(realpathSync(root) + sep)
  if (!inside || !lstatSync(real).isFile()) {
    throw new RefusedError(`Expected a plain file below the landing root, found something else: ${path}.`)
  }
  return { input, path: real, name: relative(root, path).split(sep).join('/'), gzip: name.endsWith('.gz') }
}
