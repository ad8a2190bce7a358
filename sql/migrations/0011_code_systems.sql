-- Grain: one row per name under which feeds deliver a code system, and the one name by which the views know it.
-- clinical.current_diagnoses and clinical.current_procedures show code_system in place of a delivered name that is listed
-- here; a name that is not listed stays as delivered. Case, blanks, hyphens and underscores do not matter: `icd 10 cm`,
-- ICD10CM and `ICD-10-CM` are one name. Add rows of your own: they hold for all batches at once, also for those loaded
-- before; a shipped row that you changed stays as you changed it.
-- Sources of the names: HL7 FHIR R4, terminologies-systems (URIs and OIDs); HL7 v2 table 0396 (I9C, I10, SCT, LN ...);
-- terminologies of the German base profiles at fhir.de (GM, OPS).
create table caseload.code_systems (
  name text primary key,
  code_system text not null check (code_system <> ''),
  match text not null generated always as (lower(translate(name, ' -_', ''))) stored unique
);

insert into caseload.code_systems (code_system, name)
select
  s.code_system,
  n.name
from (
  values
    (
      'ICD-10',
      '{ICD-10,I10,ICD-10-WHO,http://hl7.org/fhir/sid/icd-10,urn:oid:2.16.840.1.113883.6.3,2.16.840.1.113883.6.3}'
    ),
    (
      'ICD-10-CM',
      '{ICD-10-CM,I10C,ICD-10-US,http://hl7.org/fhir/sid/icd-10-cm,http://hl7.org/fhir/sid/icd-10-us,'
        || 'urn:oid:2.16.840.1.113883.6.90,2.16.840.1.113883.6.90}'
    ),
    (
      'ICD-10-GM',
      '{ICD-10-GM,ICD-10-DE,http://fhir.de/CodeSystem/bfarm/icd-10-gm,http://fhir.de/CodeSystem/dimdi/icd-10-gm,'
        || 'http://hl7.org/fhir/sid/icd-10-gm,http://hl7.org/fhir/sid/icd-10-de,'
        || 'urn:oid:1.2.276.0.76.5.311,1.2.276.0.76.5.311}'
    ),
    (
      'ICD-10-AM',
      '{ICD-10-AM,I10A,http://hl7.org/fhir/sid/icd-10-am,urn:oid:2.16.840.1.113883.6.135,2.16.840.1.113883.6.135}'
    ),
    ('ICD-10-CA', '{ICD-10-CA,http://hl7.org/fhir/sid/icd-10-ca}'),
    ('ICD-10-NL', '{ICD-10-NL,http://hl7.org/fhir/sid/icd-10-nl}'),
    ('ICD-10-FR', '{ICD-10-FR,CIM-10,http://hl7.org/fhir/sid/icd-10-fr}'),
    ('ICD-10-UK', '{ICD-10-UK,http://hl7.org/fhir/sid/icd-10-uk}'),
    (
      'ICD-10-PCS',
      '{ICD-10-PCS,I10P,http://www.cms.gov/Medicare/Coding/ICD10,http://hl7.org/fhir/sid/icd-10-pcs,'
        || 'urn:oid:2.16.840.1.113883.6.4,2.16.840.1.113883.6.4}'
    ),
    ('ICD-9', '{ICD-9,I9,http://hl7.org/fhir/sid/icd-9,urn:oid:2.16.840.1.113883.6.42,2.16.840.1.113883.6.42}'),
    (
      'ICD-9-CM',
      '{ICD-9-CM,I9C,I9CDX,I9CP,ICD-9-PCS,http://hl7.org/fhir/sid/icd-9-cm,urn:oid:2.16.840.1.113883.6.2,'
        || '2.16.840.1.113883.6.2,urn:oid:2.16.840.1.113883.6.103,2.16.840.1.113883.6.103,'
        || 'urn:oid:2.16.840.1.113883.6.104,2.16.840.1.113883.6.104}'
    ),
    ('ICD-11', '{ICD-11,ICD-11-MMS,http://id.who.int/icd/release/11/mms,http://id.who.int/icd11/mms}'),
    (
      'SNOMED-CT',
      '{SNOMED-CT,SNOMED,SCT,http://snomed.info/sct,http://snomed.info/sct/900000000000207008,'
        || 'http://snomed.info/sct/731000124108,urn:oid:2.16.840.1.113883.6.96,2.16.840.1.113883.6.96}'
    ),
    ('LOINC', '{LOINC,LN,http://loinc.org,urn:oid:2.16.840.1.113883.6.1,2.16.840.1.113883.6.1}'),
    (
      'RxNorm',
      '{RxNorm,RXN,http://www.nlm.nih.gov/research/umls/rxnorm,urn:oid:2.16.840.1.113883.6.88,2.16.840.1.113883.6.88}'
    ),
    (
      'CPT',
      '{CPT,CPT-4,C4,http://www.ama-assn.org/go/cpt,urn:oid:2.16.840.1.113883.6.12,2.16.840.1.113883.6.12}'
    ),
    ('ATC', '{ATC,http://www.whocc.no/atc,urn:oid:2.16.840.1.113883.6.73,2.16.840.1.113883.6.73}'),
    ('OPS', '{OPS,OPS-301,http://fhir.de/CodeSystem/bfarm/ops,http://fhir.de/CodeSystem/dimdi/ops}')
) as s (code_system, names)
cross join lateral unnest(s.names::text[]) as n (name)
on conflict do nothing;
