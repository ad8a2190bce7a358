import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { codeFile, reachedCode } from './reached-code.ts'

/** Files beside the code that are not loaded with it. */
const besideCode = /\.(?:d\.[cm]?ts|test\.[cm]?[jt]s)$/

/**
 * SHA-256 over the code of a source: the names and bytes of every .js, .ts, .sql and .json file in its folder and below, and of
 * the files outside that they name by a relative path, such as a helper that two sources share. Declarations, tests, hidden
 * files, the engine and installed packages are left out.
 *
 * The hash is of the files that are loaded: in a clone the compiled `dist/`, elsewhere the source's own .ts or .js. The hashes
 * of one source differ between the two, so load a database from one of them only.
 *
 * @param folder of the class and its SELECTs, absolute
 */
export function hashSourceCode(folder: string): string {
  const hash = createHash('sha256')
  const names = codeFiles(folder)
  const outside = reachedCode(
    folder,
    names.map(name => join(folder, name)),
  ).map(path => relative(folder, path).replaceAll(sep, '/'))
  for (const name of [...names, ...outside]) {
    const bytes = readFileSync(join(folder, name))
    // With names and lengths, a byte that moves from one file to the next is a change.
    hash.update(`${JSON.stringify(name)} ${bytes.length}\n`).update(bytes)
  }
  return hash.digest('hex')
}

/** Paths under the folder with `/` between their parts, in the order of their code units. */
function codeFiles(folder: string, below = ''): readonly string[] {
  return readdirSync(join(folder, below), { withFileTypes: true })
    .flatMap(entry => {
      const name = below === '' ? entry.name : `${below}/${entry.name}`
      if (entry.isDirectory()) return /^(?:\.|node_modules$)/.test(entry.name) ? [] : codeFiles(folder, name)
      return codeFile.test(entry.name) && !besideCode.test(entry.name) ? [name] : []
    })
    .sort()
}
