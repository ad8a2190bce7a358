import type { Environment } from '../../platform/environment.ts'
import { UsageError } from '../../platform/errors.ts'
import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import { readMask } from './key.ts'

const isUnset = (env: Environment): boolean => env['CASELOAD_MASK_AT_LOAD'] === undefined

/** True if a published batch was masked when it was loaded. */
export async function holdsMasked(session: Session): Promise<boolean> {
  const { rows } = await session.query<{ masks: boolean }>(readSql('sql/statements/contract/database_masks.sql'))
  return rows[0]?.masks === true
}

/**
 * True if unmasked batches must not be shown or published: CASELOAD_MASK_AT_LOAD is true, or it is not set and the database
 * contains masked batches.
 *
 * @throws UsageError as {@link readMask} does
 */
async function masksHere(session: Session, env: Environment): Promise<boolean> {
  return isUnset(env) ? holdsMasked(session) : readMask(env) !== undefined
}

/**
 * Refuses to load unmasked rows beside masked ones because of a forgotten setting.
 *
 * @throws UsageError if CASELOAD_MASK_AT_LOAD is not set and the database contains masked batches
 */
export async function requireMaskSetting(session: Session, env: Environment): Promise<void> {
  if (!isUnset(env) || !(await holdsMasked(session))) return
  throw new UsageError(
    'This database contains masked batches, and CASELOAD_MASK_AT_LOAD is not set. Set it to true, with the key of this ' +
      'database, or to false to store identifiers as delivered. Nothing was loaded.',
  )
}

/**
 * Refuses to show values, such as keys, of a run that was loaded unmasked.
 *
 * @param what such as `the keys of the published version`
 * @throws UsageError if masking is on here and the run was not masked
 */
export async function requireMaskedRun(session: Session, env: Environment, runId: string, what: string): Promise<void> {
  if (!(await masksHere(session, env))) return
  const { rows } = await session.query<{ masked: boolean }>(readSql('sql/statements/contract/run_is_masked.sql'), [
    runId,
  ])
  if (rows[0]?.masked === true) return
  throw new UsageError(
    `${what} would show identifiers as delivered: run ${runId.slice(0, 8)} was loaded unmasked, and masking is on. Run its ` +
      'batch again, or set CASELOAD_MASK_AT_LOAD=false.',
  )
}
