import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { root as checkout } from './cli.ts'

/** A project of a test's own, gone afterwards. */
export interface TestProject {
  /** Absolute. */
  readonly root: string
  /** Writes a file below it. */
  write(path: string, text: string): void
  /** Writes what its package.json says below `caseload`. */
  configure(caseload: unknown): void
}

/**
 * Makes a folder that depends on this checkout.
 *
 * @param caseload what its package.json says below `caseload`
 */
export function testProject(t: ExecutionContext, caseload?: unknown): TestProject {
  const root = mkdtempSync(join(tmpdir(), 'caseload-project-'))
  t.teardown(() => {
    rmSync(root, { recursive: true, force: true })
  })
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const configure = (found: unknown): void => {
    write('package.json', JSON.stringify({ type: 'module', dependencies: { caseload: '*' }, caseload: found }))
  }
  configure(caseload)
  mkdirSync(join(root, 'node_modules'))
  symlinkSync(checkout, join(root, 'node_modules', 'caseload'), 'dir')
  return { root, write, configure }
}
