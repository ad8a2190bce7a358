import { csv, nullShare, Transformer } from 'caseload'

/** Registrations at the front desk: one line per visit, with the patient as registered then. */
export class Intake extends Transformer {
  override readonly inputs = {
    intake: csv({
      files: ['patient_intake_*.csv'],
      columns: ['mrn', 'first_name', 'last_name', 'birth_date', 'visit_account_number', 'visit_date', 'reason'],
    }),
  }

  override readonly tables = ['patients', 'visits']
  override readonly delivery = { visits: 'insert_only' } as const
  // Two birth dates with one record number may be two people.
  override readonly onConflict = { patients: { quarantine: ['birth_date'] } }
  override readonly quality = [nullShare('patients', 'first_name', 0), nullShare('patients', 'last_name', 0)]
}
