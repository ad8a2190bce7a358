import { readFileSync } from 'node:fs'

/**
 * Fills in a template.
 *
 * @param url of the file, `new URL('./templates/source.ts.tmpl', import.meta.url)`
 * @param values what stands for each `{{name}}`
 * @throws Error, a bug, if the template names something else
 */
export function fillTemplate(url: URL, values: Readonly<Record<string, string>>): string {
  return readFileSync(url, 'utf8').replaceAll(/\{\{([a-z]+)\}\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`${url.pathname} names ${name}, which has no value`)
    return value
  })
}
