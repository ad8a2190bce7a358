import { json, list, object, scalar, Transformer } from 'caseload'

const treatment = object({ drug_test: scalar, dose_test: scalar })
const diagnosis = object({ code: scalar, description: scalar, treatments: list(treatment) })
const visit = object({
  visit_id: scalar,
  date: scalar,
  diagnoses: list(diagnosis),
  provider_notes: object({ text: scalar, author_test: scalar }),
})

/** Nested visit events of hospital B, which has other names for three of the fields. */
export class SourceB extends Transformer {
  override readonly inputs = {
    visit_events: json({
      files: ['visit_events.json', 'visit_events.ndjson'],
      record: { patient_id: scalar, name: scalar, visits: list(visit) },
    }),
  }

  override readonly tables = ['patients', 'visits', 'diagnoses', 'treatments']
}
