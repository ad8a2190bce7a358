import { readFileSync } from 'node:fs'
import type { Environment } from '../../platform/environment.ts'
import { UsageError } from '../../platform/errors.ts'
import { readMask } from '../../contract/mask/key.ts'
import { readTargets } from '../notices/targets.ts'
import { error, type Finding, ok, warning } from './finding.ts'

const fewFiles = 1024

/** The maximum number of open files of this process; undefined if the system does not say. */
export function openFileLimit(): number | undefined {
  try {
    const limit = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return limit === 'unlimited' ? Infinity : Number(limit)
  } catch {
    return undefined
  }
}

/** @param limit as {@link openFileLimit} returns it */
export function fileLimit(limit: number | undefined): Finding {
  if (limit === undefined || Number.isNaN(limit)) return ok('open files', 'unknown: this system does not say')
  if (limit >= fewFiles) return ok('open files', limit === Infinity ? 'no limit' : `at most ${limit}`)
  return warning('open files', `at most ${limit}; a batch of many files needs more`, `ulimit -n ${4 * fewFiles}`)
}

/** Whether rows are masked at load, and whether the key is valid and safe. */
export function maskKey(env: Environment): Finding {
  const isSet = (name: string): boolean => (env[name] ?? '') !== ''
  try {
    if (readMask(env) !== undefined) return ok('masking', 'on, and its key is in order')
    if (!isSet('CASELOAD_PSEUDONYM_KEY') && !isSet('CASELOAD_PSEUDONYM_KEY_FILE')) {
      return ok('masking', 'off: rows are stored as delivered')
    }
    readMask({ ...env, CASELOAD_MASK_AT_LOAD: 'true' })
    return warning('masking', 'off, although a key is set: rows are stored as delivered', 'CASELOAD_MASK_AT_LOAD=true')
  } catch (failure) {
    if (!(failure instanceof UsageError)) throw failure
    return error('masking', failure.message.replace(/\.$/, ''), 'correct the key; until then no batch is masked')
  }
}

/** Whether the targets of --notify are well formed; nothing is sent. */
export function noticeTargets(env: Environment): readonly Finding[] {
  const { targets, faults } = readTargets(env)
  if (faults.length > 0) return faults.map(fault => error('notices', fault, 'correct it, then caseload notify test'))
  const names = targets.map(one => one.name).join(' and ')
  return [ok('notices', names === '' ? 'none: --notify has no target' : `--notify sends to ${names}`)]
}
