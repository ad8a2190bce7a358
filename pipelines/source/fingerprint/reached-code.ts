import { readFileSync, statSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { packageRoot } from '../../platform/sql.ts'

/** A file that can be part of a source's code. */
export const codeFile: RegExp = /^[^.].*\.(?:[cm]?[jt]s|sql|json)$/

/** A relative path between quotes: what follows `from`, `import(`, `new URL(`. */
const quotedPath = /(['"`])(\.\.?\/[^'"`\r\n]+)\1/g

/** The fingerprint has the engine's own version, and the lock file those of npm packages. */
const engine = join(packageRoot, 'pipelines') + sep

/**
 * The files outside of a folder that its code names by a relative path, and those that they name in turn, such as a helper
 * that two sources share. It looks for quoted paths and not for imports: a path in a comment counts, a path that is built at
 * run time does not.
 *
 * @param folder absolute
 * @param files of the folder, absolute
 * @returns absolute paths of files that exist, sorted, without the engine and `node_modules`
 */
export function reachedCode(folder: string, files: readonly string[]): readonly string[] {
  const seen = new Set(files)
  const open = [...files]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (!/\.[cm]?[jt]s$/.test(path)) continue
    for (const [, , named] of readFileSync(path, 'utf8').matchAll(quotedPath)) {
      const found = named === undefined ? undefined : resolved(join(dirname(path), named))
      if (found === undefined || seen.has(found)) continue
      seen.add(found)
      open.push(found)
    }
  }
  return [...seen].filter(path => !path.startsWith(folder + sep)).sort()
}

/** The file that a path means: as written, or with another ending, as TypeScript and tsx resolve it. */
function resolved(path: string): string | undefined {
  const candidates = [path, path.replace(/\.([cm]?)js$/, '.$1ts'), `${path}.ts`, `${path}.js`]
  return candidates.find(
    one =>
      codeFile.test(one.slice(one.lastIndexOf(sep) + 1)) &&
      !one.startsWith(engine) &&
      !one.includes(`${sep}node_modules${sep}`) &&
      statSync(one, { throwIfNoEntry: false })?.isFile() === true,
  )
}
