/** A prescribed drug. */
export interface Drug {
  readonly name: string
  readonly dose: string
  /** RxNorm */
  readonly code: string
}

/** A diagnosis. */
export interface Condition {
  readonly name: string
  readonly icd10: string
  readonly snomed: string
  readonly drugs: readonly [Drug, ...Drug[]]
}

/** Common conditions, with their usual drugs. */
export const conditions: readonly [Condition, ...Condition[]] = [
  {
    name: 'Type 2 diabetes mellitus',
    icd10: 'E11.9',
    snomed: '44054006',
    drugs: [
      { name: 'Metformin', dose: '500 mg', code: '860975' },
      { name: 'Gliclazide', dose: '30 mg', code: '4816' },
    ],
  },
  {
    name: 'Essential hypertension',
    icd10: 'I10',
    snomed: '59621000',
    drugs: [
      { name: 'Lisinopril', dose: '10 mg', code: '314076' },
      { name: 'Amlodipine', dose: '5 mg', code: '197361' },
    ],
  },
  {
    name: 'Asthma',
    icd10: 'J45.9',
    snomed: '195967001',
    drugs: [{ name: 'Salbutamol', dose: '2 puffs as needed', code: '435' }],
  },
  {
    name: 'Heart failure',
    icd10: 'I50.9',
    snomed: '84114007',
    drugs: [
      { name: 'Furosemide', dose: '40 mg', code: '310429' },
      { name: 'Bisoprolol', dose: '2.5 mg', code: '854901' },
    ],
  },
  {
    name: 'Acute upper respiratory infection',
    icd10: 'J06.9',
    snomed: '54150009',
    drugs: [{ name: 'Paracetamol', dose: '1 g', code: '313782' }],
  },
  {
    name: 'Hyperlipidaemia',
    icd10: 'E78.5',
    snomed: '55822004',
    drugs: [{ name: 'Atorvastatin', dose: '20 mg', code: '259255' }],
  },
]

/** Reasons for visits, as a front desk writes them; some need quotes in CSV. */
export const reasons: readonly string[] = [
  ...['Chest pain', 'Medication review', 'Laboratory, fasting', 'Sprained ankle', 'Headache', 'Check-up'],
  ...['Wound care', 'Cough, 3 days', 'Follow-up "as needed"', 'Blood pressure check'],
]

/** Authors of notes. */
export const authors: readonly string[] = ['Dr. Sample', 'Dr. Example', 'Nurse Placeholder', 'Dr. Specimen']
