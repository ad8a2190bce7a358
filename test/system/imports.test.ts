import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import test from 'ava'
import { layers } from '../../scripts/layers.mjs'
import { root } from '../helpers/cli.ts'

const pipelines = join(root, 'pipelines')

/** Every import of a file of pipelines/ by another, as paths below it. */
function imports(): readonly (readonly [from: string, to: string])[] {
  const files = readdirSync(pipelines, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts'))
  return files.flatMap(file => {
    const text = readFileSync(join(pipelines, file), 'utf8')
    const found = [...text.matchAll(/(?:from |import\()'(\.[^']+\.ts)'/g)]
    return found.map(([, path = '']) => [file, join(dirname(file), path)] as const)
  })
}

const folderOf = (file: string): string => file.split('/')[0] ?? ''

test('a folder imports only folders below it', t => {
  const folders = readdirSync(pipelines, { withFileTypes: true }).filter(entry => entry.isDirectory())
  t.deepEqual(folders.map(({ name }) => name).sort(), [...layers].sort())
  const isUpward = ([from, to]: readonly [string, string]): boolean =>
    from.includes('/') && layers.indexOf(folderOf(to)) > layers.indexOf(folderOf(from))
  const found = imports()
  t.true(found.length > 1000)
  t.deepEqual(found.filter(isUpward), [])
  t.deepEqual(
    found.filter(([from, to]) => from.includes('/') && !to.includes('/')),
    [],
    'nothing imports the public interface',
  )
})

test('no folder is in a circle of imports with another', t => {
  const imported = new Map<string, Set<string>>()
  for (const [from, to] of imports()) {
    const [folder, other] = [dirname(from), dirname(to)]
    if (folder !== other) imported.set(folder, (imported.get(folder) ?? new Set()).add(other))
  }
  const reached = (start: string): ReadonlySet<string> => {
    const seen = new Set<string>()
    const open = [...(imported.get(start) ?? [])]
    for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
      if (seen.has(folder)) continue
      seen.add(folder)
      open.push(...(imported.get(folder) ?? []))
    }
    return seen
  }
  t.true(imported.size > 15)
  t.deepEqual([...imported.keys()].filter(folder => reached(folder).has(folder)).sort(), [])
})

test('no import leaves pipelines/, but for the files of the package', t => {
  const out = imports().filter(([, to]) => to.startsWith('..'))
  t.deepEqual(
    out.map(([from, to]) => `${from} -> ${relative('..', to)}`),
    [],
  )
})
