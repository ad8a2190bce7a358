import type { Target } from '../../embedded/target.ts'
import { ledgerAlone, type StatusWindow } from '../../ledger/status.ts'
import { martsBehind } from '../../marts/marts-behind.ts'
import { type Notice, noticeOf } from '../../operate/notices/notice.ts'
import { wellAgain } from '../../operate/notices/well-again.ts'
import { linesText } from '../../operate/problems/lines.ts'
import { examineBatches } from '../../operate/problems/notes.ts'
import { problemEntries, type ProblemPage, problemPageLines, problemSentence } from '../../operate/problems/page.ts'
import { withNextSteps } from '../../operate/problems/problems.ts'
import { landingProblems, martProblems } from '../../operate/problems/whole.ts'
import { CaseloadError } from '../../platform/errors.ts'
import { isS3 } from '../../platform/s3-location.ts'
import { terminalWidth } from './for-people.ts'
import type { NoticeFlags, Notices } from './notices.ts'
import { printJson } from './print-json.ts'
import { type StatusLandingOptions, withStatusLanding } from './status-landing.ts'
import { withTarget } from './with-target.ts'

/**
 * Prints what needs attention, and what is only noted, and tells people of the batches among it.
 *
 * @throws CaseloadError if a batch needs attention, or the landing root or the marts do
 */
export async function printProblems(
  window: StatusWindow,
  looking: StatusLandingOptions,
  flags: NoticeFlags & { readonly json?: boolean },
  notices: Notices,
): Promise<void> {
  const { problems, whole } = await withTarget(flags, 'reads', async target => {
    const found = await lookForProblems(target, window, { ...looking, readsFiles: false }, notices.isOn)
    if (flags.json === true) printJson(problemEntries(found))
    else process.stdout.write(linesText(problemPageLines(found), terminalWidth()))
    await notices.tell({ troubles: found.problems.map(noticeOf), well: found.well }, target)
    return found
  })
  notices.cover()
  const said = problemSentence(problems.length, whole)
  if (said !== undefined) throw new CaseloadError(said)
}

interface FoundProblems extends ProblemPage {
  readonly well: readonly Notice[]
}

/** @param looksForWell also look for batches that need no attention any more */
async function lookForProblems(
  target: Target,
  window: StatusWindow,
  looking: StatusLandingOptions,
  looksForWell: boolean,
): Promise<FoundProblems> {
  const { settings, warn } = looking
  const session = await target.openSession('caseload')
  try {
    return await withStatusLanding(looking, async landing => {
      const { landedDays, deliveredSince, sight } = landing
      const { states, notes } = await examineBatches(session, window, landing)
      const problems = await withNextSteps(
        states.filter(one => one.problem),
        landedDays,
      )
      const whole = [
        ...landingProblems(sight, {
          isNamed: settings.isLandingNamed,
          isObjectStore: isS3(settings.landing),
          wasUsed: states.some(one => one.published_run !== null),
        }),
        ...martProblems(await martsBehind(session, window, warn)),
      ]
      const well = looksForWell ? await wellAgain(session, window, { ...ledgerAlone, deliveredSince }) : []
      return { problems, whole, notes, well }
    })
  } finally {
    await session.end()
  }
}
