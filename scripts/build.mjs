// Compiles to dist/ and copies the SQL that the code reads at run time.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')

rmSync(dist, { recursive: true, force: true })
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const compiled = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
if (compiled.status !== 0) process.exit(compiled.status ?? 1)

cpSync(join(root, 'sql'), join(dist, 'sql'), { recursive: true })
cpSync(join(root, 'views'), join(dist, 'views'), { recursive: true })
for (const source of readdirSync(join(root, 'sources'))) {
  cpSync(join(root, 'sources', source), join(dist, 'sources', source), {
    recursive: true,
    filter: path => !path.endsWith('.ts'),
  })
}
chmodSync(join(dist, 'bin', 'caseload.js'), 0o755)
