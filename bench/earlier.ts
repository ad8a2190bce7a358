import { execFileSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Builds an earlier version of this repository in a worktree, with the dependencies of the current one.
 *
 * @param root the checkout
 * @param ref commit, tag or branch
 * @param folder a new folder, to be removed with {@link removeVersion}
 */
export function buildVersion(root: string, ref: string, folder: string): void {
  execFileSync('git', ['worktree', 'add', '--detach', folder, ref], { cwd: root, stdio: 'ignore' })
  cpSync(join(root, 'node_modules'), join(folder, 'node_modules'), { recursive: true, verbatimSymlinks: true })
  execFileSync(process.execPath, [join(folder, 'scripts/build.mjs')], { cwd: folder, stdio: 'inherit' })
}

/** Removes the worktree of {@link buildVersion}. */
export function removeVersion(root: string, folder: string): void {
  execFileSync('git', ['worktree', 'remove', '--force', folder], { cwd: root, stdio: 'ignore' })
}
