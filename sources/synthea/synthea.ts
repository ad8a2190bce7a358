import { csv, Transformer } from 'caseload'

/** Columns about reasons and prices, which no table has. */
const unread = [
  'REASONCODE',
  'REASONDESCRIPTION',
  'BASE_COST',
  'COST',
  'TOTALCOST',
  'PAYER',
  'PAYER_COVERAGE',
  'DISPENSES',
]

/**
 * A CSV export of Synthea, as in its output folder: patients, encounters, and their records. Versions of Synthea differ in their
 * columns: those that some versions lack are optional, and those that no table has are ignored. Times in the files are UTC;
 * days are those of the exporter's region.
 *
 * An encounter that is exported again replaces its earlier records of each file that came. An export without the file of
 * procedures leaves those of before.
 */
export class Synthea extends Transformer {
  override readonly inputs = {
    patients: csv({
      files: ['patients.csv'],
      columns: ['Id', 'BIRTHDATE', 'DEATHDATE', 'FIRST', 'LAST', 'GENDER'],
      optional: ['MIDDLE', 'ADDRESS', 'CITY', 'STATE', 'ZIP'],
      ignored: [
        ...['SSN', 'DRIVERS', 'PASSPORT', 'PREFIX', 'SUFFIX', 'MAIDEN', 'MARITAL', 'RACE', 'ETHNICITY', 'BIRTHPLACE'],
        ...['COUNTY', 'FIPS', 'LAT', 'LON', 'HEALTHCARE_EXPENSES', 'HEALTHCARE_COVERAGE', 'INCOME'],
      ],
    }),
    encounters: csv({
      files: ['encounters.csv'],
      columns: ['Id', 'START', 'STOP', 'PATIENT', 'ENCOUNTERCLASS', 'DESCRIPTION'],
      optional: ['ORGANIZATION', 'REASONDESCRIPTION'],
      ignored: [
        ...['PROVIDER', 'PAYER', 'CODE', 'REASONCODE'],
        ...['COST', 'BASE_ENCOUNTER_COST', 'TOTAL_CLAIM_COST', 'PAYER_COVERAGE'],
      ],
    }),
    conditions: csv({
      files: ['conditions.csv'],
      presence: 'optional',
      columns: ['PATIENT', 'ENCOUNTER', 'CODE', 'DESCRIPTION'],
      optional: ['SYSTEM'],
      ignored: ['START', 'STOP'],
    }),
    medications: csv({
      files: ['medications.csv'],
      presence: 'optional',
      columns: ['START', 'STOP', 'PATIENT', 'ENCOUNTER', 'CODE', 'DESCRIPTION'],
      ignored: unread,
    }),
    observations: csv({
      files: ['observations.csv'],
      presence: 'optional',
      columns: ['DATE', 'PATIENT', 'ENCOUNTER', 'CODE', 'VALUE', 'UNITS', 'TYPE'],
      ignored: ['CATEGORY', 'DESCRIPTION'],
    }),
    procedures: csv({
      files: ['procedures.csv'],
      presence: 'optional',
      columns: ['PATIENT', 'ENCOUNTER', 'CODE', 'DESCRIPTION'],
      optional: ['START', 'DATE', 'SYSTEM'],
      ignored: ['STOP', ...unread],
    }),
    allergies: csv({
      files: ['allergies.csv'],
      presence: 'optional',
      columns: ['PATIENT', 'DESCRIPTION'],
      optional: ['DESCRIPTION1', 'SEVERITY1', 'DESCRIPTION2', 'SEVERITY2'],
      ignored: ['START', 'STOP', 'ENCOUNTER', 'CODE', 'SYSTEM', 'TYPE', 'CATEGORY', 'REACTION1', 'REACTION2'],
    }),
    devices: csv({
      files: ['devices.csv'],
      presence: 'optional',
      columns: ['START', 'PATIENT', 'DESCRIPTION', 'UDI'],
      ignored: ['STOP', 'ENCOUNTER', 'CODE'],
    }),
  }

  override readonly tables = [
    'patients',
    'allergies',
    'visits',
    'diagnoses',
    'procedures',
    'treatments',
    'measurements',
    'devices',
  ]

  /** An export does not name its region; that of the sample is Massachusetts. */
  override readonly zone = 'required'
  override readonly zones = { synthea: 'America/New_York' }
  override readonly schedule = 'irregular'
  override readonly onConflict = {
    patients: { quarantine: ['birth_date'] },
    measurements: { number: 'reading_no' },
  }

  /** The other files of an export, as CSV or Parquet. */
  override readonly ignored = [
    ...['careplans.*', 'claims.*', 'claims_transactions.*', 'imaging_studies.*', 'immunizations.*', 'organizations.*'],
    ...['patient_expenses.*', 'payer_transitions.*', 'payers.*', 'providers.*', 'supplies.*'],
  ]
}
