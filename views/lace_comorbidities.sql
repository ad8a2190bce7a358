-- Grain: one row per condition, weight and ICD-10 code (its first three or four characters, without the dot; `E11-` is
-- a code delivered with three only) of the comorbidities that LACE weighs. Reads nothing.
-- Weights: van Walraven et al., CMAJ 2010;182:551. Codes: the ICD-10 groups of Quan et al., Med Care 2005;43:1130;
-- groups without a weight in LACE (peptic ulcer, hemiplegia) are left out. Of one condition the highest weight counts,
-- so that complicated diabetes is not counted as diabetes again. LACE tells mild from moderate or severe renal disease,
-- Quan does not: chronic kidney disease of stage 1 to 3 is mild here, all other codes of the group are moderate or
-- severe. Diabetes without a fourth character counts as uncomplicated.
create or replace view clinical.lace_comorbidities as
select
  c.condition,
  c.weight,
  regexp_split_to_table(c.codes, ' ') as code
from (
  values
    ('myocardial_infarction', 1, 'I21 I22 I252'),
    ('cerebrovascular', 1, 'G45 G46 H340 I60 I61 I62 I63 I64 I65 I66 I67 I68 I69'),
    (
      'peripheral_vascular',
      1,
      'I70 I71 I731 I738 I739 I771 I790 I792 K551 K558 K559 Z958 Z959'
    ),
    (
      'diabetes',
      1,
      'E10- E11- E12- E13- E14- E100 E101 E106 E108 E109 E110 E111 E116 E118 E119 E120 E121 E126 E128 E129 '
        || 'E130 E131 E136 E138 E139 E140 E141 E146 E148 E149'
    ),
    (
      'diabetes',
      2,
      'E102 E103 E104 E105 E107 E112 E113 E114 E115 E117 E122 E123 E124 E125 E127 '
        || 'E132 E133 E134 E135 E137 E142 E143 E144 E145 E147'
    ),
    ('heart_failure', 2, 'I099 I110 I130 I132 I255 I420 I425 I426 I427 I428 I429 I43 I50 P290'),
    (
      'chronic_pulmonary',
      2,
      'I278 I279 J40 J41 J42 J43 J44 J45 J46 J47 J60 J61 J62 J63 J64 J65 J66 J67 J684 J701 J703'
    ),
    (
      'liver_or_renal',
      2,
      'B18 K700 K701 K702 K703 K709 K713 K714 K715 K717 K73 K74 K760 K762 K763 K764 K768 K769 Z944 N181 N182 N183'
    ),
    (
      'liver_or_renal',
      4,
      'I850 I859 I864 I982 K704 K711 K721 K729 K765 K766 K767 '
        || 'I120 I131 N032 N033 N034 N035 N036 N037 N052 N053 N054 N055 N056 N057 '
        || 'N18- N180 N184 N185 N186 N188 N189 N19 N250 Z490 Z491 Z492 Z940 Z992'
    ),
    (
      'tumor',
      2,
      'C00 C01 C02 C03 C04 C05 C06 C07 C08 C09 C10 C11 C12 C13 C14 C15 C16 C17 C18 C19 C20 C21 C22 C23 C24 C25 C26 '
        || 'C30 C31 C32 C33 C34 C37 C38 C39 C40 C41 C43 C45 C46 C47 C48 C49 C50 C51 C52 C53 C54 C55 C56 C57 C58 '
        || 'C60 C61 C62 C63 C64 C65 C66 C67 C68 C69 C70 C71 C72 C73 C74 C75 C76 '
        || 'C81 C82 C83 C84 C85 C88 C90 C91 C92 C93 C94 C95 C96 C97'
    ),
    ('tumor', 6, 'C77 C78 C79 C80'),
    ('dementia', 3, 'F00 F01 F02 F03 F051 G30 G311'),
    ('connective_tissue', 3, 'M05 M06 M315 M32 M33 M34 M351 M353 M360'),
    ('aids', 4, 'B20 B21 B22 B24')
) as c (condition, weight, codes);
