import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { codeFile, reachedCode } from './reached-code.ts'

/** What stands beside the code and is not loaded with it. */
const besideCode = /\.(?:d\.[cm]?ts|test\.[cm]?[jt]s)$/

/**
 * SHA-256 over the code of a source: the names and bytes of every .js, .ts, .sql and .json file in its folder and the
 * folders below it, and of those outside that they name by a relative path, such as a helper that two sources share.
 * Declarations, tests, hidden files, the engine and installed packages are left out.
 *
 * What is hashed is what is loaded: of a clone the compiled `dist/`, and elsewhere the source's own .ts or .js. One and
 * the same source has another hash in each, so one database is loaded from one of them.
 *
 * @param folder where the class and the SELECTs lie, absolute
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
    // Names and lengths keep files apart: a byte that moves from one to the next is a change.
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
