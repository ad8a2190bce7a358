import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './cli.ts'

/**
 * The variables of Caseload that code reads by their own name, of an `env` or by a function, and where.
 *
 * @param folders folders of the checkout
 */
export function variablesReadByName(
  ...folders: readonly string[]
): readonly { readonly file: string; readonly variable: string }[] {
  return folders.flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter(file => /\.m?ts$|\.mjs$/.test(file))
      .flatMap(file =>
        [...readFileSync(join(root, folder, file), 'utf8').matchAll(/\b(?:env\.|env\['|\w+\(')(CASELOAD_\w+)/g)].map(
          ([, variable = '']) => ({ file: `${folder}/${file}`, variable }),
        ),
      ),
  )
}
