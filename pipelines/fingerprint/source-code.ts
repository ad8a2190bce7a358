import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const codeFile = /^[^.].*\.(?:[cm]?[jt]s|sql|json)$/
/** What stands beside the code and is not loaded with it. */
const besideCode = /\.(?:d\.[cm]?ts|test\.[cm]?[jt]s)$/

/**
 * SHA-256 over the code of a source: the names and bytes of every .js, .ts, .sql and .json file in its folder and the
 * folders below it. Declarations, tests and hidden files are left out, so are files outside of the folder, such as a helper
 * that two sources share: after a change there, `--reprocess all` loads the batches again.
 *
 * What is hashed is what is loaded: of a clone the compiled `dist/`, and elsewhere the source's own .ts or .js. One and
 * the same source has another hash in each, so one database is loaded from one of them.
 *
 * @param folder where the class and the SELECTs lie, absolute
 */
export function hashSourceCode(folder: string): string {
  const hash = createHash('sha256')
  for (const name of codeFiles(folder)) {
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
