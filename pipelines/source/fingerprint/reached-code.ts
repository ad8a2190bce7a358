import { readFileSync, statSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { packageRoot } from '../../platform/sql.ts'

/** A file that a source may be made of. */
export const codeFile: RegExp = /^[^.].*\.(?:[cm]?[jt]s|sql|json)$/

/** A relative path between quotes: what follows `from`, `import(`, `new URL(`. */
const quotedPath = /(['"`])(\.\.?\/[^'"`\r\n]+)\1/g

/** The engine has a version of its own in the fingerprint, and packages of npm have theirs in a lock file. */
const engine = join(packageRoot, 'pipelines') + sep

/**
 * The code outside of a folder that its code names by a relative path, and what that names in turn, such as a helper that two
 * sources share. It looks for paths between quotes and not for imports: a path in a comment counts too, one that is put
 * together at run time does not.
 *
 * @param folder absolute
 * @param files of the folder, absolute
 * @returns absolute paths of files that exist, sorted; none of the engine or below a `node_modules`
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

/** The file that a path means: as it stands, or, as TypeScript and tsx take it, with another ending. */
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
