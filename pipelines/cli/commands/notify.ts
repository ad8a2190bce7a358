import { Command } from 'commander'
import { messageOf } from '../../operate/notices/message.ts'
import type { Notice } from '../../operate/notices/notice.ts'
import { type NoticeTarget, readTargets } from '../../operate/notices/targets.ts'
import { CaseloadError, UsageError } from '../../platform/errors.ts'
import { type CommonFlags, withCommonFlags } from './flags-common.ts'
import { printJson } from './print-json.ts'

interface NotifyFlags extends CommonFlags {
  readonly json?: boolean
}

/** What a target did with the test. */
interface Tested {
  readonly target: NoticeTarget['name']
  /** Why it got no notice; null if it got it. */
  readonly error: string | null
}

/** `caseload notify test` */
export function notifyCommand(): Command {
  return new Command('notify')
    .description('Try where notices go.')
    .addCommand(testCommand())
    .addHelpText('after', '\nExamples:\n  caseload notify test')
}

function testCommand(): Command {
  return withCommonFlags(new Command('test'))
    .description(
      'Send one test notice to each target of CASELOAD_NOTIFY_WEBHOOK and CASELOAD_NOTIFY_SMTP, and print which got it. It ' +
        'opens no database. Exit 1 if a target got none, 2 if a setting is wrong or no target is set.',
    )
    .option('--json', 'print one JSON array with one object per target: target, error')
    .addHelpText('after', '\nExamples:\n  caseload notify test\n  caseload notify test --json')
    .action(async (flags: NotifyFlags) => {
      const { targets, faults } = readTargets(process.env)
      if (faults.length > 0) throw new UsageError(`${faults.join('; ')}.`)
      if (targets.length === 0) {
        throw new UsageError(
          'Expected a target for notices, found none. Set CASELOAD_NOTIFY_WEBHOOK, or CASELOAD_NOTIFY_SMTP with ' +
            'CASELOAD_NOTIFY_FROM and CASELOAD_NOTIFY_TO.',
        )
      }
      const tested = await Promise.all(targets.map(tryTarget))
      if (flags.json === true) printJson(tested)
      else for (const { target, error } of tested) if (error === null) process.stdout.write(`The ${target} took it.\n`)
      const failed = tested.filter(one => one.error !== null)
      if (failed.length > 0)
        throw new CaseloadError(`${failed.map(one => `The ${one.target} got no notice: ${one.error}`).join('. ')}.`)
    })
}

const notice: Notice = {
  kind: 'test',
  source: null,
  date: null,
  code: null,
  message: null,
  hint: null,
  command: null,
}

async function tryTarget({ name, send }: NoticeTarget): Promise<Tested> {
  try {
    await send(messageOf([notice]), new AbortController().signal)
    return { target: name, error: null }
  } catch (error) {
    return { target: name, error: error instanceof Error ? error.message : 'unknown error' }
  }
}
