import { date, defineTable, id, text } from 'caseload'

export const incidents = defineTable({
  grain: 'one incident',
  key: ['patient_id', 'incident_id'],
  references: [{ table: 'patients', columns: ['patient_id'] }],
  columns: {
    patient_id: id({ phi: 'direct', description: 'Identifier of the patient in this source.' }),
    incident_id: id({ phi: 'quasi', description: 'Identifier of the incident in this source.' }),
    happened_on: date({ phi: 'quasi', description: 'Local date of the incident.' }).nullable(),
    kind: text({ phi: 'none', description: 'What happened, in one word.', maxLength: 64 }).nullable(),
  },
})
