// What a fresh clone lacks: the dependencies, and dist/. Does nothing where nothing changed.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const inRoot = path => join(root, path)
const changed = path => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

function newest(path) {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  // A folder's own time tells of files taken away.
  return Math.max(stat.mtimeMs, ...readdirSync(path).map(name => newest(join(path, name))))
}

if (changed(inRoot('node_modules/.package-lock.json')) < changed(inRoot('package-lock.json'))) {
  process.stderr.write('Installing the dependencies (npm ci --ignore-scripts) ...\n')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const installed = spawnSync(npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (installed.status !== 0) process.exit(installed.status ?? 1)
}

const sources = ['bin', 'pipelines', 'sources', 'sql', 'views', 'tsconfig.json', 'tsconfig.build.json', 'package.json']
if (changed(inRoot('dist/bin/caseload.js')) < Math.max(...sources.map(path => newest(inRoot(path))))) {
  process.stderr.write('Compiling ...\n')
  const { build } = await import('./build.mjs')
  build()
}

// `npx caseload` inside the clone: npm links the commands of dependencies only.
const link = inRoot('node_modules/.bin/caseload')
if (!existsSync(link)) {
  rmSync(link, { force: true })
  symlinkSync('../../dist/bin/caseload.js', link)
}
