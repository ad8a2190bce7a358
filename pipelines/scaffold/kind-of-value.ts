import { quoteConstant } from '../platform/sql.ts'

/** What feeds call kinds of values, lower-case: plain words, those of FHIR, and those of HL7's OBX-2. */
const kinds =
  'numeric number num integer int float decimal double text string str char boolean bool date datetime time coded code ' +
  'quantity codeableconcept range ratio nm st tx ft ce cwe sn dt tm ts'

/**
 * A column called `type` can say whether a value is a number or a text, where another says what was measured. Taken for the
 * type of a reading it would make one reading of several of a moment.
 */
export const kindOfValue = {
  /** What is wrong with such a column, to follow the name of the table's. */
  words: 'says whether a value is a number, not what was measured',
  /**
   * @param values SELECT of texts, as `raw`
   * @returns SELECT that has a row where every value is a kind of values, and there is one
   */
  sql: (values: string): string =>
    `select 1 from (${values}) having count(*) > 0 and bool_and(lower(trim(raw)) in (${kinds.split(' ').map(quoteConstant).join(', ')}))`,
}
