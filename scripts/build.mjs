// Compiles to dist/ and copies what the code reads at run time: SQL from sql/, views/ and sources/, templates and lists from
// pipelines/. It builds into a new folder and swaps it in, so that a command that runs meanwhile finds one build or the other.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
const made = join(root, `dist-new-${process.pid}`)
const old = join(root, `dist-old-${process.pid}`)

/** Builds dist/; ends the process if the compiler complains. */
export function build() {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  const compiled = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', made], {
    cwd: root,
    stdio: 'inherit',
  })
  if (compiled.status !== 0) {
    rmSync(made, { recursive: true, force: true })
    process.exit(compiled.status ?? 1)
  }
  for (const folder of ['sql', 'views']) cpSync(join(root, folder), join(made, folder), { recursive: true })
  cpSync(join(root, 'pipelines'), join(made, 'pipelines'), {
    recursive: true,
    filter: path => statSync(path).isDirectory() || /\.(?:tmpl|txt)$/.test(path),
  })
  for (const source of readdirSync(join(root, 'sources'))) {
    cpSync(join(root, 'sources', source), join(made, 'sources', source), {
      recursive: true,
      filter: path => !path.endsWith('.ts'),
    })
  }
  chmodSync(join(made, 'bin', 'caseload.js'), 0o755)
  if (existsSync(dist)) renameSync(dist, old)
  renameSync(made, dist)
  rmSync(old, { recursive: true, force: true })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build()
