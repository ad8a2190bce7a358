import { createRequire } from 'node:module'
import { relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { UsageError } from '../platform/errors.ts'
import { packageRoot } from '../platform/sql.ts'

let takesTypeScript = import.meta.url.endsWith('.ts')

/**
 * Imports a module of a source or a project. TypeScript goes through tsx, which takes 0.4 s of each process and is
 * loaded only then.
 *
 * @param path absolute, `.js` or `.ts`
 * @throws UsageError naming the file, if it cannot be loaded
 */
export async function loadModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  if (path.endsWith('.ts') && !takesTypeScript) {
    const { register } = await import('tsx/esm/api')
    register()
    takesTypeScript = true
  }
  try {
    return (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>
  } catch (error) {
    throw new UsageError(`${relative(process.cwd(), path)} cannot be loaded: ${loadProblem(error)}`, { cause: error })
  }
}

/** The error that a user's module threw while it was loaded, before any data was read, and its place. */
export function loadProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ERR_MODULE_NOT_FOUND' && /'caseload'/.test(error.message)) {
    return "it cannot find the package 'caseload'. Run npm install in the folder of the project."
  }
  const places = [...(error.stack ?? '').matchAll(/(?:file:\/\/|\/)[^\s()]+:\d+(?::\d+)?/g)].map(([place]) => place)
  // A place in the user's code, not one in the package that it called.
  const place = places.find(one => !one.includes(packageRoot)) ?? places[0] ?? ''
  return `${error.name}: ${error.message}${place === '' ? '' : ` (${place})`}`
}

/**
 * Refuses a value that another copy of this package has made: its classes are not those of this copy, and the user has to
 * decide which copy to keep.
 *
 * @param path the module, absolute
 * @param value one of its exports
 * @param own the class of this copy
 * @throws UsageError naming both copies
 */
export function refuseOtherCopy(path: string, value: unknown, own: abstract new (...args: never[]) => unknown): void {
  const start: unknown = typeof value === 'function' ? value : (value as object | undefined)?.constructor
  for (let one: unknown = start; typeof one === 'function'; one = Object.getPrototypeOf(one)) {
    if (one === own || one.name !== own.name) continue
    throw new UsageError(
      `${relative(process.cwd(), path)} imports another copy of caseload, ${copyOf(path)}, than the one that runs, ` +
        `${packageRoot}. Install it once (npm ls caseload shows where) and call that copy with npx caseload.`,
    )
  }
}

function copyOf(path: string): string {
  try {
    return fileURLToPath(new URL('.', pathToFileURL(createRequire(path).resolve('caseload/package.json'))))
  } catch {
    return 'which cannot be found'
  }
}
