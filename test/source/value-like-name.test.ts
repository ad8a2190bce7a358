import test from 'ava'
import { looksLikeValue, valueLikeNames } from '../../pipelines/source/value-like-name.ts'

test('a name of a field is a name, and a value is none', t => {
  const names = [
    'ward',
    'Date of birth',
    'icd10',
    'ca125_value',
    'spo2',
    'diag_12',
    'straße',
    'LAB-CODE',
    'sys.bp',
    't30',
  ]
  const values = [
    '17',
    '1980-01-31',
    '31.01.1980',
    '31 Jan 1980',
    'P-A-001',
    'pat_0017',
    'a@example.org',
    '---',
    '',
    ' ',
  ]
  for (const name of names) t.false(looksLikeValue(name), name)
  for (const value of [...values, 'x'.repeat(64), 'a\nb', 'true', 'a\u200bb']) t.true(looksLikeValue(value), value)
})

test('names that differ only in their digits are values, unless a declared one counts like them', t => {
  const doubtful = (unknown: readonly string[], known: readonly string[] = []): readonly string[] => [
    ...valueLikeNames(unknown, known),
  ]
  t.deepEqual(doubtful(['P12', 'P13', 'ward']), ['P12', 'P13'])
  t.deepEqual(doubtful(['diag3', 'diag4'], ['diag1']), [])
  t.deepEqual(doubtful(['icd9', 'icd10', 't3', 't4']), [])
  const many = Array.from({ length: 31 }, (_, index) => String.fromCodePoint(0x4e00 + index))
  t.is(doubtful(many).length, 31)
  t.deepEqual(doubtful(many, ['id']), [])
})
