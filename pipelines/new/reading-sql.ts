import type { Reading } from './mapping.ts'

/** DuckDB expression that reads a text in one of these ways; what it does not know stays, and the contract judges it. */
export function readingSql(text: string, as: Reading): string {
  switch (as) {
    case 'is':
      return text
    case 'gender':
      return `case lower(trim(${text}))
    when 'm' then 'male'
    when 'f' then 'female'
    else lower(trim(${text}))
  end`
    case 'number':
      return `case when ${isNumber(text)} then trim(${text}) end`
    case 'words':
      return `case when not ${isNumber(text)} then ${text} end`
  }
}

/** As `measurements.value` takes it. */
const isNumber = (text: string): string => `regexp_full_match(trim(${text}), '-?[0-9]{1,12}(?:[.][0-9]{1,6})?')`
