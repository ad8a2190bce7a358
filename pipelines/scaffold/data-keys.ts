import { numberedWords } from '../source/value-like-name.ts'
import { columnSynonyms, plainName, tableSynonyms } from './synonyms.ts'

/**
 * Letters that medicine puts before a counter: vertebrae, days, hours, months, questions, heart sounds, times, leads,
 * weeks.
 */
const seriesLetters = 'cdhlmqstvw'

/** Words before a number that identify a person. */
const ownerWords: readonly string[] = [...(tableSynonyms['patients'] ?? []), 'pat', 'pt', 'pid', 'case', 'mrn', 'id']

/** Fields that only people have. */
const personWords: readonly string[] = ['birth_date', 'age_years', 'gender', 'mrn', 'patient_id'].flatMap(name => [
  plainName(name),
  ...(columnSynonyms[name]?.strong ?? []),
])

/** A field name of an object, and what the field contains in all records. */
export interface NamedField {
  readonly name: string
  /** True if it contains an object or a list. */
  readonly isNested: boolean
  /** Field names of these objects, or of the objects in these lists. */
  readonly fields: readonly string[]
}

/**
 * True if most names of an object are ids, dates or numbers: values that a feed delivers as names, as in
 * `{"P-A-001": {"age": 54}, "P-A-002": {"age": 61}}`. These are
 *
 * - names with three digits in a row, which are a date or an id; `icd10` and `spo2` are words;
 * - names that differ only in their digits, `P12` and `P13`, unless the digits count fields: `diag1`, `diag2`. Digits do not
 *   count fields if `P0` and `P1` are objects with the same fields, or if objects of any such names have a person's fields;
 * - names of one form, such as `A12` and `B47`, whose objects have the same fields.
 *
 * If such names contain only single values, all names of the object must be of the second kind: beside other fields
 * `t0`, `t30` and `t60` are three more columns of a record. Names without digits always count as fields.
 */
export function areDataKeys(places: readonly NamedField[]): boolean {
  const unknown = places.filter(({ name }) => !numberedWords.includes(plainName(name)))
  const numbers = unknown.filter(({ name }) => /\d{3}|\S@\S+\./.test(name))
  if (numbers.length > places.length / 2) return true
  const numbered = groupsOf(unknown, ({ name }) => withoutNumbers(name)).filter(group => !isCount(group))
  const alike = groupsOf(
    unknown.filter(({ name, fields }) => fields.length > 0 && /\d{2}/.test(name)),
    ({ name, fields }) => JSON.stringify([formOf(name), ...[...fields].sort()]),
  )
  const keys = new Set([...numbered.filter(isNested), ...alike].flat())
  return keys.size > places.length / 2 || (places.length > 0 && numbered.flat().length === places.length)
}

const isNested = (group: readonly NamedField[]): boolean => group.some(place => place.isNested)

/** Groups of two or more fields with the same key. */
function groupsOf(
  places: readonly NamedField[],
  keyOf: (place: NamedField) => string,
): readonly (readonly NamedField[])[] {
  const groups = new Map<string, NamedField[]>()
  for (const place of places.filter(({ name }) => /\d/.test(name))) {
    const key = keyOf(place)
    groups.set(key, [...(groups.get(key) ?? []), place])
  }
  return [...groups.values()].filter(group => group.length > 1)
}

const withoutNumbers = (name: string): string => name.replaceAll(/\d+/g, '9')

const formOf = (name: string): string =>
  withoutNumbers(name)
    .replaceAll(/\p{Lu}/gu, 'A')
    .replaceAll(/\p{Ll}/gu, 'a')

/**
 * True if names count from 0 or 1 without a gap: fields such as `diagnosis_1`. For objects and lists the counter has
 * one digit: forty of them, or `P01` and `P02`, are records of people.
 */
function isCount(group: readonly NamedField[]): boolean {
  const runs = group.map(({ name }) => name.match(/\d+/g) ?? [])
  const varying = (runs[0] ?? []).flatMap((text, index) => (runs.every(run => run[index] === text) ? [] : [index]))
  const [only] = varying
  if (only === undefined || varying.length > 1) return false
  const texts = runs.map(run => run[only] ?? '')
  const numbers = texts.map(Number).sort((a, b) => a - b)
  const [start = 0] = numbers
  if (start > 1 || numbers.some((number, index) => number !== start + index)) return false
  if (!isNested(group)) return true
  return texts.every(text => text.length === 1) && !countsOwners(group)
}

/** True if all objects share fields, and the names or the shared fields identify people: `P0`, `patient_1`. */
function countsOwners(group: readonly NamedField[]): boolean {
  const filled = group.map(({ fields }) => fields.map(plainName)).filter(fields => fields.length > 0)
  const shared = (filled[0] ?? []).filter(field => filled.every(fields => fields.includes(field)))
  if (filled.length > 0 && shared.length === 0) return false
  const stem = plainName((group[0]?.name ?? '').replaceAll(/\d/g, ''))
  const isId = stem.length === 1 ? !seriesLetters.includes(stem) : ownerWords.includes(stem)
  return isId || shared.some(field => personWords.includes(field))
}
