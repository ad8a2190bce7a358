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

/** Any number, in whatever notation: one that `measurements.value` does not take is for the contract to say, and no word. */
const isNumber = (text: string): string =>
  `regexp_full_match(trim(${text}), '-?[0-9]+(?:[.][0-9]+)?(?:[eE][+-]?[0-9]{1,3})?')`
