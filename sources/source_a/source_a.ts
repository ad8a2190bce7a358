import { json, list, object, scalar, Transformer } from 'caseload'

const treatment = object({ drug: scalar, dose: scalar })
const diagnosis = object({ code: scalar, description: scalar, treatments: list(treatment) })
const visit = object({
  visit_id: scalar,
  date: scalar,
  diagnoses: list(diagnosis),
  provider_notes: object({ text: scalar, author: scalar }),
})

/** Nested visit events of hospital A: one record per patient, with visits, their diagnoses and the treatments of each. */
export class SourceA extends Transformer {
  override readonly inputs = {
    visit_events: json({
      files: ['visit_events.json', 'visit_events.ndjson'],
      record: { patient_id: scalar, name: scalar, visits: list(visit) },
    }),
  }

  override readonly tables = ['patients', 'visits', 'diagnoses', 'treatments']
}
