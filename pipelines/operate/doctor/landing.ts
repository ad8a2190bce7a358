import { countText } from '../../platform/count-text.ts'
import { basename } from 'node:path'
import { error, few, type Finding, ok, warning } from './finding.ts'
import type { Entry, LandingFacts, SourceFolder } from './landing-facts.ts'
import { shellWord } from '../../platform/shell-word.ts'

const check = 'landing'

/** The classes of the mode bits besides the owner, with the bits to read an entry and to enter a folder. */
const classes = [
  { name: 'their group', read: 0o040, pass: 0o010 },
  { name: 'every user', read: 0o004, pass: 0o001 },
] as const

/**
 * Whether this account can read the deliveries, and no other account can. Only mode bits that have an effect count: below a
 * root of mode 0700 the mode of a folder does not matter.
 *
 * @param expected sources that delivered before: if their folders are missing, the root may be the wrong one, or not mounted
 */
export function landing(facts: LandingFacts, expected: readonly string[] = []): readonly Finding[] {
  const { root, path, sources } = facts
  if (root === undefined) {
    return [error(check, `${path} does not exist`, '--landing or CASELOAD_LANDING names the landing root')]
  }
  if (!root.isFolder) {
    return [error(check, `${path} is not a folder`, '--landing or CASELOAD_LANDING names the landing root, a folder')]
  }
  if (!root.readable) return [error(check, `${path} cannot be read`, readMore(path))]
  const findings: Finding[] = []
  const unreadable = sources.filter(source => firstUnreadable(source) !== undefined)
  if (unreadable.length > 0) {
    const [first] = unreadable.flatMap(source => firstUnreadable(source) ?? [])
    findings.push(
      error(
        check,
        `of ${countText(sources.length, 'source')} ${unreadable.length} cannot be read: ${few(namesOf(unreadable))}`,
        readMore(first?.path ?? path),
      ),
    )
  }
  const here = namesOf(sources)
  const gone = expected.filter(name => !here.includes(name))
  if (gone.length > 0) {
    findings.push(
      warning(
        check,
        `of ${countText(expected.length, 'source')} with published batches ${gone.length} have no folder below ${path}: ${few(gone)}`,
        'check that the landing root is mounted there; --landing or CASELOAD_LANDING names it',
      ),
    )
  }
  const open = classes
    .map(({ name, read, pass }) => ({ name, sources: sources.filter(source => isOpen(facts, source, read, pass)) }))
    .filter(one => one.sources.length > 0)
  const widest = open.at(-1)
  if (widest !== undefined) {
    const isEveryUser = widest.name === 'every user'
    findings.push(
      warning(
        check,
        `${countText(widest.sources.length, 'source folder')} of ${sources.length} can be read by ${widest.name} too: ` +
          few(namesOf(widest.sources)),
        `chmod 700 ${shellWord(path)}` +
          (isEveryUser
            ? ` (or chmod 750 ${shellWord(path)}, if a group delivers)`
            : ' (unless only this account is in the group)'),
      ),
    )
  }
  if (findings.length > 0) return findings
  return [ok(check, `${countText(sources.length, 'source folder')} below ${path}, readable by this account only`)]
}

/** Whether others can enter all folders down to an entry of the source, and read it. */
function isOpen({ above, root }: LandingFacts, source: SourceFolder, read: number, pass: number): boolean {
  // Another group may own the folders above: there, the bits of either class count.
  if (above.some(({ mode }) => (mode & 0o011) === 0)) return false
  if (root === undefined || (root.mode & pass) === 0) return false
  if ((source.mode & read) !== 0) return true
  if ((source.mode & pass) === 0) return false
  return [source.below, source.statics].some(([folder, ...files]) => {
    if (folder === undefined) return false
    if ((folder.mode & read) !== 0) return true
    return (folder.mode & pass) !== 0 && files.some(file => (file.mode & read) !== 0)
  })
}

function firstUnreadable(source: SourceFolder): Entry | undefined {
  return [source, ...source.below, ...source.statics].find(entry => !entry.readable)
}

function namesOf(sources: readonly SourceFolder[]): readonly string[] {
  return sources.map(source => basename(source.path))
}

function readMore(path: string): string {
  return `let this account read it, as its owner: setfacl -R -m u:<account>:rX ${shellWord(path)}`
}
