/**
 * Names that feeds use for the columns of the tables, lower-case and without separators. A `strong` name is enough by
 * itself; a `weak` one, such as `code`, counts only if the file is about the table.
 */
export interface ColumnSynonyms {
  readonly strong: readonly string[]
  readonly weak?: readonly string[]
  /** Fallback names, used even if they fill another column too. */
  readonly last?: readonly string[]
}

/** Synonyms by column name, for every table with such a column; the column's own name always counts. */
export const columnSynonyms: Readonly<Record<string, ColumnSynonyms>> = {
  patient_id: {
    strong: [
      'patient',
      'patientidentifier',
      'patid',
      'pid',
      'subjectid',
      'subject',
      'personid',
      'patientno',
      'patientnumber',
    ],
    weak: ['id', 'person'],
    last: ['mrn', 'medicalrecordnumber', 'patientemail', 'id'],
  },
  visit_id: {
    strong: [
      'visit',
      'encounter',
      'encounterid',
      'stayid',
      'icustayid',
      'hadmid',
      'admissionid',
      'episodeid',
      'visitno',
      'csn',
    ],
    weak: ['id'],
  },
  mrn: { strong: ['medicalrecordnumber', 'medicalrecordno'] },
  medical_card_no: { strong: ['medicalcard', 'medicalcardnumber', 'cardno'] },
  name: { strong: ['fullname', 'patientname'] },
  first_name: { strong: ['firstname', 'givenname', 'forename'], weak: ['first', 'given'] },
  last_name: { strong: ['lastname', 'familyname', 'surname'], weak: ['last', 'family'] },
  birth_date: { strong: ['dob', 'birthdate', 'dateofbirth', 'birthday', 'born'] },
  age_years: { strong: ['age', 'ageinyears', 'anchorage'] },
  gender: { strong: ['sex', 'administrativegender'] },
  email: { strong: ['emailaddress', 'mail'] },
  phone: { strong: ['phonenumber', 'telephone', 'mobile'] },
  address: { strong: ['streetaddress', 'postaladdress'] },
  primary_care_provider: { strong: ['pcp', 'generalpractitioner', 'gp'] },
  deceased_at: { strong: ['deathdate', 'dateofdeath', 'dod', 'timeofdeath', 'deathtime', 'died'] },
  visit_date: { strong: ['dateofvisit', 'encounterdate', 'datevisit'], weak: ['date', 'start'] },
  visit_type: { strong: ['encounterclass', 'encountertype', 'patientclass'] },
  admitted_at: {
    strong: ['admissiontime', 'admittime', 'admittedtime', 'admissiondatetime', 'intime', 'admitted', 'admission'],
    weak: ['start', 'periodstart'],
  },
  discharged_at: {
    strong: ['dischargetime', 'dischtime', 'dischargedatetime', 'outtime', 'discharged', 'discharge'],
    weak: ['stop', 'end', 'periodend'],
  },
  admitted_on: { strong: ['admissiondate', 'admitdate', 'admitted', 'admission'], weak: ['start'] },
  discharged_on: { strong: ['dischargedate', 'dischdate', 'discharged', 'discharge'], weak: ['stop', 'end'] },
  discharge_disposition: { strong: ['disposition', 'dischargelocation'] },
  facility: { strong: ['hospital', 'site'], weak: ['organization'] },
  service: { strong: ['department', 'ward', 'careunit', 'unitname'] },
  reason: { strong: ['chiefcomplaint', 'reasonforvisit', 'reasondescription'], weak: ['description'] },
  provider_notes_text: { strong: ['providernotes', 'notes', 'notetext'] },
  provider_notes_author: { strong: ['notesauthor', 'noteauthor'] },
  code_system: { strong: ['codesystem', 'codingsystem'], weak: ['system'] },
  diagnosis_no: {
    strong: ['diagnosisnumber', 'diagnosisseq', 'dxseq'],
    weak: ['seqnum', 'seqno', 'seq', 'sequence', 'sequencenumber', 'rank'],
  },
  diagnosis_code: {
    strong: [
      'diagnosiscode',
      'icd10',
      'icd9',
      'icdcode',
      'icd10code',
      'icd9code',
      'icd10cm',
      'icd9cm',
      'icd10cmcode',
      'icd9cmcode',
      'dxcode',
    ],
    weak: ['code'],
  },
  diagnosis_description: {
    strong: ['diagnosis', 'diagnosisname', 'condition', 'dx', 'icdtitle'],
    weak: ['description', 'title', 'longtitle', 'codetitle', 'codedescription', 'codetext'],
  },
  procedure_code: {
    strong: ['procedurecode', 'cpt', 'cptcode', 'hcpcs', 'hcpcscode', 'icd10pcs', 'icd10pcscode'],
    weak: ['code', 'icdcode', 'icd10code', 'icd9code', 'icd10', 'icd9'],
  },
  procedure_description: {
    strong: ['procedure', 'procedurename'],
    weak: ['description', 'title', 'longtitle', 'codetitle', 'codedescription', 'codetext'],
  },
  performed_at: {
    strong: ['proceduredate', 'proceduretime', 'performeddate', 'performeddatetime', 'performedperiodstart'],
    weak: ['start', 'date', 'chartdate'],
  },
  treatment_id: { strong: ['prescriptionid', 'medicationid', 'orderid'] },
  procedure_id: { strong: ['procid'] },
  drug: {
    strong: ['medication', 'medicationname', 'drugname', 'medicine', 'medicationcodeableconcepttext'],
    weak: ['description'],
  },
  dose: { strong: ['dosage', 'doseandunit'] },
  started_on: { strong: ['startdate', 'prescriptiondate', 'prescribedon', 'prescribeddate'], weak: ['start', 'date'] },
  ended_on: { strong: ['enddate', 'stopdate'], weak: ['stop', 'end'] },
  measured_at: {
    strong: [
      'measuredtime',
      'takenat',
      'timestamp',
      'datetime',
      'charttime',
      'observedat',
      'recordedat',
      'resulttime',
      'readingtime',
      'effectivedatetime',
    ],
    weak: ['time', 'date', 'at'],
  },
  type: {
    strong: [
      'measurement',
      'measurementtype',
      'parameter',
      'vitalsign',
      'testname',
      'readingtype',
      'observation',
      'codetext',
    ],
    weak: ['name', 'description'],
    last: ['code', 'loinc', 'loinccode', 'testcode', 'itemid'],
  },
  value: { strong: ['result', 'reading', 'resultvalue', 'valuenum', 'measurementvalue', 'valuequantityvalue'] },
  value_text: { strong: ['resulttext', 'textvalue', 'valuestring', 'valuecodeableconcepttext'] },
  unit: { strong: ['units', 'uom', 'unitofmeasure', 'resultunit', 'valueuom', 'valuequantityunit'] },
  device_id: { strong: ['device', 'deviceserial', 'monitorid', 'sensorid'], weak: ['id'] },
  substance: { strong: ['allergen', 'allergy', 'allergysubstance'], weak: ['description', 'name'] },
  reaction: { strong: ['allergicreaction', 'reaction1'] },
  payer: { strong: ['insurer', 'insurance', 'insurancecompany', 'payername'] },
  member_id: { strong: ['memberno', 'policynumber', 'insuranceid'] },
  plan: { strong: ['insuranceplan', 'planname'] },
  relationship: { strong: ['contactrelationship', 'relation'] },
  person_id: { strong: ['masterpatientid', 'mpi', 'empi'] },
  user_id: { strong: ['userid', 'username'], weak: ['id'] },
  role_id: { strong: ['role', 'roleid'], weak: ['id'] },
  in_use_since: { strong: ['assignedat', 'inusesince', 'starttime'], weak: ['start'] },
}

/** Columns that identify a table: a file fills it only if it has one of these besides the patient. */
export const distinctiveColumns: Readonly<Record<string, readonly string[]>> = {
  patients: [
    'mrn',
    'name',
    'first_name',
    'last_name',
    'birth_date',
    'age_years',
    'gender',
    'email',
    'phone',
    'address',
  ],
  patient_links: ['person_id'],
  patient_contacts: ['relationship'],
  coverages: ['member_id', 'plan'],
  allergies: ['substance', 'reaction'],
  visits: ['visit_date', 'visit_type', 'admitted_at', 'discharged_at', 'admitted_on', 'discharged_on', 'facility'],
  diagnoses: ['diagnosis_code', 'diagnosis_description'],
  procedures: ['procedure_code', 'procedure_description', 'performed_at'],
  treatments: ['drug', 'dose'],
  measurements: ['value', 'value_text'],
  measurements_hourly: ['sum'],
  devices: ['in_use_since'],
  role_definitions: ['category', 'permissions'],
}

/** Words in the name of a file or a list that identify a table. */
export const tableSynonyms: Readonly<Record<string, readonly string[]>> = {
  patients: ['patient', 'person', 'people', 'demographic', 'subject'],
  coverages: ['coverage', 'insurance', 'payer'],
  allergies: ['allerg'],
  visits: ['visit', 'encounter', 'admission', 'stay', 'episode'],
  diagnoses: ['diagnos', 'condition', 'problem'],
  procedures: ['procedure', 'surger'],
  treatments: ['treatment', 'medication', 'prescription', 'drug'],
  measurements: ['measurement', 'observation', 'vital', 'reading', 'signal', 'lab'],
  devices: ['device'],
}

/** Columns with readings of one type, if the name determines the unit. */
export const readingSynonyms: Readonly<Record<string, { readonly type: string; readonly unit: string }>> = {
  pulse: { type: 'heart_rate', unit: '/min' },
  heartrate: { type: 'heart_rate', unit: '/min' },
  hr: { type: 'heart_rate', unit: '/min' },
  respiratoryrate: { type: 'respiratory_rate', unit: '/min' },
  resprate: { type: 'respiratory_rate', unit: '/min' },
  spo2: { type: 'spo2', unit: '%' },
  o2sat: { type: 'spo2', unit: '%' },
  systolic: { type: 'systolic', unit: 'mmHg' },
  bpsystolic: { type: 'systolic', unit: 'mmHg' },
  sbp: { type: 'systolic', unit: 'mmHg' },
  diastolic: { type: 'diastolic', unit: 'mmHg' },
  bpdiastolic: { type: 'diastolic', unit: 'mmHg' },
  dbp: { type: 'diastolic', unit: 'mmHg' },
  tempc: { type: 'temperature', unit: 'Cel' },
  temperaturec: { type: 'temperature', unit: 'Cel' },
  glucosemgdl: { type: 'glucose', unit: 'mg/dL' },
  weightkg: { type: 'weight', unit: 'kg' },
  heightcm: { type: 'height', unit: 'cm' },
}

/** A name in lower case, without accents and separators: `Patient-ID` and `patientId` are `patientid`. */
export function plainName(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
}
