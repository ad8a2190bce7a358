import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { detectHeaderless } from '../../pipelines/scaffold/headerless-file.ts'
import { sampleData } from '../helpers/samples.ts'
import { make, refusal } from './making.ts'

/** Headers of public data sets and of common exports: all of them count as names. */
const headers: Readonly<Record<string, string>> = {
  'Synthea patients': 'Id,BIRTHDATE,DEATHDATE,SSN,DRIVERS,PASSPORT,PREFIX,FIRST,LAST,SUFFIX,MAIDEN,ZIP,LAT,LON',
  'Synthea allergies': 'START,STOP,PATIENT,ENCOUNTER,CODE,SYSTEM,DESCRIPTION,TYPE,REACTION1,DESCRIPTION1,SEVERITY1',
  'MIMIC admissions': 'subject_id,hadm_id,admittime,dischtime,deathtime,admission_type,hospital_expire_flag',
  eICU: 'patientunitstayid,observationoffset,temperature,sao2,heartrate,cvp,etco2,systemicsystolic,st1,st2,st3,icp',
  'OMOP condition': 'condition_occurrence_id,person_id,condition_concept_id,condition_start_date,stop_reason',
  i2b2: 'ENCOUNTER_NUM,PATIENT_NUM,CONCEPT_CD,PROVIDER_ID,START_DATE,MODIFIER_CD,INSTANCE_NUM,NVAL_NUM',
  REDCap: 'record_id,redcap_event_name,dob,race___1,race___2,demographics_complete,bmi_v2',
  'REDCap labels':
    'Record ID,Was the patient admitted to a hospital within 30 days before the visit?,Date (DD/MM/YYYY)',
  NHANES: 'SEQN,DIQ010,DID040,DIQ160,LBXV4C,WTMEC2YR,BPXSY1,RIDAGEYR,MCQ160A,OHX01TC',
  DHS: 'caseid,v000,v001,v012,b3_01,hw70,s1108a,v101',
  'UK Biobank': 'f.eid,f.31.0.0,f.21003.0.0,p21003_i0,n_21003_0_0',
  'CMS SynPUF': 'DESYNPUF_ID,BENE_BIRTH_DT,SP_ALZHDMTA,ICD9_DGNS_CD_1,ICD9_PRCDR_CD_6,HCPCS_CD_45,LINE_NCH_PMT_AMT_13',
  HCUP: 'AGE,AMONTH,DXCCSR_BLD001,I10_DX1,I10_PR25,PRDAY1,DRG_NoPOA,PointOfOriginUB04,KEY_NIS',
  UCI: 'encounter_id,patient_nbr,race,diag_1,max_glu_serum,A1Cresult,glyburide-metformin,change,readmitted',
  VAERS: 'VAERS_ID,RECVDATE,STATE,AGE_YRS,CAGE_YR,SEX,RPT_DATE,SYMPTOM_TEXT,ER_VISIT,V_ADMINBY,VAX_DOSE_SERIES',
  PhysioNet: 'Time,Parameter,Value',
  'units in brackets':
    'Temp \u00b0C,SpO2 %,BP (mmHg),Hb [g/dL],25-OH Vitamin D,CA 19-9,CA-125,HbA1c,pH,# of visits,Na,K',
  'other languages':
    'Patientennummer;Geburtsdatum;Gr\u00f6\u00dfe (cm);\u00c2ge;Fecha de ingreso;\u60a3\u8005;\u0432\u043e\u0437\u0440\u0430\u0441\u0442',
  flattened: 'id,code.coding.0.system,code.coding.0.code,valueQuantity.value,subject.reference',
  'codes and years': 'SARS-CoV-2,ICD-10-CM,score_2019,COVID-19,HPV16,ca125,T1,week_104,value 2019',
  'one column': 'patient_id',
  'one column, two words': 'patient identifier',
  'one column, numbered': 'icd10_code_2019',
}

test('headers of exports count as names', t => {
  for (const [what, line] of Object.entries(headers)) t.is(detectHeaderless(line.split(/[,;]/)), undefined, what)
  const samples = readdirSync(sampleData, { recursive: true, encoding: 'utf8' }).filter(path => path.endsWith('.csv'))
  t.true(samples.length > 5)
  for (const path of samples)
    t.is(
      detectHeaderless((readFileSync(join(sampleData, path), 'utf8').split(/\r?\n/)[0] ?? '').split(',')),
      undefined,
      path,
    )
})

const canaries = /P-A-|Zaphod|Quux|1977|Elm|Ward/

/** Files without a header, and a part of the message. */
const headerless: Readonly<Record<string, readonly [string, RegExp]>> = {
  'fixed width': [
    'P-A-0001  Zaphod Quux     19770131F\nP-A-0002  Zaphod Elm      19800229M\n',
    /columns of fixed width/,
  ],
  'fixed width without digits': ['Zaphod    Quux      F Elm\nQuuxina   Zaphod    M Elm\n', /columns of fixed width/],
  'fixed width without blanks': ['ZaphodQuuxElmwoodFemale\nQuuxinaZaphodElmburyMal\n', /columns of fixed width/],
  'fixed width, joined': ['ZAPHODQUUX19770131F\nZAPHODELM019800229M\n', /1 number, date, id or address/],
  carets: ['P-A-1^Zaphod^Quux\nP-A-2^Zaphod^Elm\n', /fields separated by \^/],
  'carets, and a comma': ['P-A-1^Quux, Zaphod^F\nP-A-2^Elm, Zaphod^M\n', /fields separated by \^/],
  tildes: ['Zaphod~Quux\nZaphod~Elm\n', /fields separated by ~/],
  colons: ['Zaphod:Quux:F\nZaphod:Elm:M\n', /fields separated by :/],
  blanks: ['Zaphod Quux F\nQuuxina Elm M\n', /fields separated by a space/],
  HL7: ['MSH|^~\\&|ADT|Elm|LAB|Ward|19770131||ADT^A01\nPID|1||P-A-1||Quux^Zaphod\n', /HL7 messages/],
  JSON: ['{"patient": "Zaphod Quux"}\n{"patient": "Quuxina Elm"}\n', /JSON/],
  XML: ['<patient name="Zaphod"/>\n<patient name="Quux"/>\n', /XML or HTML/],
  'a date of letters': ['Zaphod,01-JAN-1977\nQuux,29-FEB-1980\nElm,\nElm,\n', /1 number, date, id or address/],
  'a date within': ['Zaphod,born 1977-01-31\nQuux,unknown\nElm,no\n', /1 number, date, id or address/],
  'a day in eight digits': ['Zaphod,d19770131\nQuux,x\nElm,y\n', /1 number, date, id or address/],
  'an id': ['P-A-001,Zaphod\nx,Quux\ny,Elm\n', /1 number, date, id or address/],
  'no letter': ['Zaphod,***\nQuux,---\n', /1 field without a letter/],
  'a literal': ['Zaphod,NULL\nQuux,x\n', /1 number, date, id or address/],
  'a note': [`Zaphod,${'Quux feels well '.repeat(8)}\nElm,x\n`, /1 field of more than 100 characters/],
  'a note alone': [`${'Zaphod-feels-well-'.repeat(4)}\nElm\n`, /1 field of more than 63 characters/],
  binary: ['Zaphod\u0001Quux\nElm\u0001Quux\n', /a binary file/],
}

for (const [what, [file, said]] of Object.entries(headerless)) {
  test(`no header, and no value in the message: ${what}`, async t => {
    const message = await refusal(t, 'people.csv', file)
    t.regex(message, said)
    t.regex(message, /people\.csv/)
    t.notRegex(message, canaries)
  })
}

test('a name that occurs twice and may be a person is not shown', async t => {
  const message = await refusal(t, 'people.csv', 'Zaphod,Zaphod\nQuux,Elm\n')
  t.regex(message, /found the name of column 1 again in column 2/)
  t.notRegex(message, canaries)
  t.regex(
    await refusal(t, 'people.csv', 'diagnosis,diagnosis\nE11.9,I10\n'),
    /column 1, "diagnosis", again in column 2/,
  )
})

test('a list of values below one name is a sample, whatever their lengths', async t => {
  const made = await make(t, 'patients.csv', `national_id_number_of_birth\n${'A'.repeat(10)}\n${'B'.repeat(10)}\n`)
  t.true(made.files.length > 0)
})
