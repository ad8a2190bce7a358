import { type Batch, batchFolder } from './batch.ts'
import type { Input } from './inputs.ts'

/** The folder of a source's static files, below its landing folder and beside its class. */
export const staticFolder = 'static'

/** Whether some input does not come with each delivery, see `static` of an input. */
export function hasStatic(inputs: Readonly<Record<string, Input>>): boolean {
  return Object.values(inputs).some(input => input.static === true)
}

/** Whether a file, by its path under the landing root or its name in a delivery, is a static one. */
export function isStaticFile(path: string): boolean {
  return path.split('/').at(-2) === staticFolder
}

/** The name of a file in its delivery, from its path under the landing root: `visits.csv`, or `static/codes.csv`. */
export function nameInDelivery(path: string): string {
  return path
    .split('/')
    .slice(isStaticFile(path) ? -2 : -1)
    .join('/')
}

/** The path of a file under the landing root, from its name in a delivery: `icu/20230501/visits.csv`, `icu/static/codes.csv`. */
export function pathInLanding(batch: Batch, name: string): string {
  return isStaticFile(name) ? `${batch.source}/${name}` : batchFolder(batch) + name
}
