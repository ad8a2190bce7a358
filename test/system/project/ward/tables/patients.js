import { extendTable, text } from 'caseload'

export const patients = extendTable({
  preferred_language: text({ phi: 'quasi', description: 'Language the patient prefers.', maxLength: 35 }).nullable(),
})
