import type { Ledger } from './ledger.ts'
import type { RunFingerprint } from '../source/fingerprint/fingerprint.ts'

/**
 * Writes down what a run is made from, besides its files, which `recordFiles` keeps.
 *
 * @param runId a run that was started
 */
export async function recordFingerprint(ledger: Ledger, runId: string, fingerprint: RunFingerprint): Promise<void> {
  const { codeHash, zone, contractHash, engineSemantics, contracts } = fingerprint
  await ledger
    .updateTable('caseload.runs')
    .set({ code_hash: codeHash, zone, contract_hash: contractHash, engine_semantics: engineSemantics })
    .where('run_id', '=', runId)
    .execute()
  await ledger
    .insertInto('caseload.contracts')
    .values(contracts.map(({ table, definition }) => ({ contract_hash: contractHash, table_name: table, definition })))
    .onConflict(conflict => conflict.doNothing())
    .execute()
}
