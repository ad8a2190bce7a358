import { quoteIdent } from '../platform/sql.ts'
import type { Contract, ContractColumn } from '../contract/contract.ts'
import { type CheckOptions, castSql, columnPredicates, type Predicate, rowPredicates, type Rule } from './predicates.ts'
import { type RowRule, rowRules } from '../contract/row-rules.ts'
import { actionOf, type RuleActions } from '../contract/rule-actions.ts'

/** A value that is loaded as null or as delivered although it broke a rule; a row of the stream names its marks by number. */
export interface Mark extends Rule {
  readonly kind: 'drop' | 'warn'
}

/** SQL of a condition, given what stands before the name of a column: `judged.`, or nothing. */
type Condition = (prefix: string) => string

/** What is found of the rows besides their verdict, in columns that stand beside those of the SELECT. */
export interface Marking {
  /** Wraps the SELECT, whose alias is `raw`, with the columns that all conditions read; the same text where there are none. */
  readonly wrap: (select: string) => string
  /** The rules that send a row to quarantine, in their order; `broken` reads the wrapped SELECT as `raw`. */
  readonly verdicts: readonly (Predicate & { readonly verdict: number })[]
  /** All rules in their order; a verdict of n says that the row broke `rules[n - 1]`. */
  readonly rules: readonly Rule[]
  readonly marks: readonly Mark[]
  /** When a mark holds of a row that is loaded, in the order of `marks`. */
  readonly holds: readonly Condition[]
  /** When a column's value is dropped; undefined for a column that keeps it always. */
  readonly droppedWhen: (column: string) => Condition | undefined
}

/** One column beside those of the SELECT: what it finds, and which layer of the wrapped SELECT makes it. */
interface Finder {
  readonly level: number
  /** SQL over `raw`. */
  readonly sql: string
}

/** A finder that takes values away. */
interface Dropper {
  readonly fired: Condition
  readonly level: number
  readonly nulls: readonly string[]
  readonly marks: readonly { readonly rule: Rule; readonly when: Condition }[]
}

/**
 * Plans what a table's rows are asked. Every predicate stands once: where a column has a rule that drops, the number of the
 * first rule it broke is a column of its own, which the verdict, the cast and the marks read. A rule across columns sees what
 * is left after the drops before it, so a row is never sent to quarantine for a value that is not loaded. Where nothing drops
 * or warns, nothing is added.
 *
 * @param columns of the contract that the SELECT yields
 * @param raw SQL of a column's delivered text over `raw`
 */
export function markingOf(
  contract: Contract,
  columns: readonly ContractColumn[],
  raw: (column: string) => string,
  options: CheckOptions & { readonly actions: RuleActions; readonly batchDate: string },
): Marking {
  const names = new Set(columns.map(({ name }) => name))
  const ofColumns = columns.map(column => ({ column, predicates: columnPredicates(column, raw(column.name), options) }))
  const across = rowRules(contract.table).filter(rule => rule.columns.every(name => names.has(name)))
  const rules: readonly Rule[] = [
    ...ofColumns.flatMap(({ predicates }) => predicates.map(({ column, rule }) => ({ column, rule }))),
    ...across.map(({ name }) => ({ column: null, rule: name })),
  ]
  const numberOf = ({ column, rule }: Rule): number =>
    rules.findIndex(one => one.column === column && one.rule === rule) + 1
  const action = ({ column, rule }: Rule): ReturnType<typeof actionOf> =>
    actionOf(contract, options.actions, column, rule)

  const finders: Finder[] = []
  const droppers: Dropper[] = []
  const find = (level: number, sql: string): Condition => {
    const name = `caseload_found_${finders.push({ level, sql: `(${sql})::usmallint` })}`
    return prefix => `${prefix}${name}`
  }
  const dropping = (column: string): readonly Dropper[] => droppers.filter(({ nulls }) => nulls.includes(column))
  const droppedBy = (found: readonly Dropper[]): Condition | undefined =>
    found.length === 0 ? undefined : prefix => `(${found.map(({ fired }) => fired(prefix)).join(' or ')})`
  const left = (name: string): string => {
    const column = columns.find(one => one.name === name)
    if (column === undefined) throw new Error(`${contract.table} yields no ${name}`)
    const cast = castSql(column.type, raw(name), options.zone)
    const dropped = droppedBy(dropping(name))
    return dropped === undefined ? cast : `case when ${dropped('raw.')} then null else ${cast} end`
  }
  const levelOver = (read: readonly string[]): number =>
    Math.max(0, ...read.flatMap(name => dropping(name).map(({ level }) => level + 1)))
  /** A rule across columns, as what is dropped so far leaves them. */
  const brokenAcross = ({ name }: RowRule): string => {
    const [found] = rowPredicates(contract, names, left, options.batchDate).filter(({ rule }) => rule === name)
    if (found === undefined) throw new Error(`${contract.table} has no rule ${name}`)
    return found.broken
  }

  const firstBroken = new Map<string, Condition>()
  for (const { column, predicates } of ofColumns) {
    if (predicates.every(one => action(one) === 'quarantine')) continue
    const arms = predicates.filter(one => action(one) !== 'warn')
    const first = arms.map(one => `when ${one.broken} then ${numberOf(one)}`).join(' ')
    const found = find(0, arms.length === 0 ? '0' : `case ${first} else 0 end`)
    firstBroken.set(column.name, found)
    const dropped = arms.filter(one => action(one) === 'drop')
    if (dropped.length === 0) continue
    droppers.push({
      fired: prefix => `${found(prefix)} in (${dropped.map(numberOf).join(', ')})`,
      level: 0,
      nulls: [column.name],
      marks: dropped.map(one => ({ rule: one, when: prefix => `${found(prefix)} = ${numberOf(one)}` })),
    })
  }
  for (const rule of across) {
    const own: Rule = { column: null, rule: rule.name }
    if (action(own) !== 'drop') continue
    const level = levelOver(rule.columns)
    const found = find(level, `case when ${brokenAcross(rule)} then 1 else 0 end`)
    const fired: Condition = prefix => `${found(prefix)} = 1`
    const nulls = rule.nulls.filter(name => names.has(name))
    droppers.push({ fired, level, nulls, marks: [{ rule: own, when: fired }] })
  }

  const warners: { readonly rule: Rule; readonly when: Condition }[] = []
  for (const { column, predicates } of ofColumns) {
    const first = firstBroken.get(column.name)
    const dropped = droppedBy(dropping(column.name))
    for (const one of predicates.filter(two => action(two) === 'warn')) {
      if (first === undefined) throw new Error(`${contract.table}.${column.name}: nothing was found of it`)
      const isLeft = dropped === undefined ? '' : ` and not ${dropped('raw.')}`
      const sql = `case when ${first('raw.')} = 0${isLeft} and ${one.broken} then 1 else 0 end`
      const found = find(Math.max(1, levelOver([column.name])), sql)
      warners.push({ rule: { column: one.column, rule: one.rule }, when: prefix => `${found(prefix)} = 1` })
    }
  }
  for (const rule of across) {
    const own: Rule = { column: null, rule: rule.name }
    if (action(own) !== 'warn') continue
    const found = find(levelOver(rule.columns), `case when ${brokenAcross(rule)} then 1 else 0 end`)
    warners.push({ rule: own, when: prefix => `${found(prefix)} = 1` })
  }

  const dropMarks = columns.flatMap(({ name }) =>
    dropping(name).flatMap((dropper, at, all) => {
      const before = droppedBy(all.slice(0, at))
      return dropper.marks.map(({ rule, when }) => ({
        mark: { kind: 'drop', column: name, rule: rule.rule } as const,
        // A rule across columns takes away what was there: of its columns, some were never delivered.
        holds: (prefix: string): string =>
          [
            when(prefix),
            ...(rule.column === null ? [`${prefix}${quoteIdent(name)} is not null`] : []),
            ...(before === undefined ? [] : [`not ${before(prefix)}`]),
          ].join(' and '),
      }))
    }),
  )
  const warnMarks = warners.map(({ rule, when }) => ({ mark: { kind: 'warn', ...rule } as const, holds: when }))
  const all = [...dropMarks, ...warnMarks]
  const quarantining = (one: Rule): boolean => action(one) === 'quarantine'
  return {
    wrap: select => wrapped(select, finders),
    verdicts: [
      ...ofColumns.flatMap(({ column, predicates }) => {
        const first = firstBroken.get(column.name)
        return predicates.filter(quarantining).map(one => ({
          ...one,
          ...(first === undefined ? {} : { broken: `(${first('raw.')} = ${numberOf(one)})` }),
          verdict: numberOf(one),
        }))
      }),
      ...across
        .map(rule => ({ rule, own: { column: null, rule: rule.name } as const }))
        .filter(({ own }) => quarantining(own))
        .map(({ rule, own }) => ({ ...own, broken: brokenAcross(rule), verdict: numberOf(own) })),
    ],
    rules,
    marks: all.map(({ mark }) => mark),
    holds: all.map(({ holds }) => holds),
    droppedWhen: column => droppedBy(dropping(column)),
  }
}

/** Layer by layer: a column of one reads those of the layers below. */
function wrapped(select: string, finders: readonly Finder[]): string {
  const levels = [...new Set(finders.map(({ level }) => level))].sort((a, b) => a - b)
  return levels.reduce((inner, level) => {
    const found = finders.flatMap((finder, at) =>
      finder.level === level ? [`${finder.sql} as caseload_found_${at + 1}`] : [],
    )
    return `select raw.*,\n  ${found.join(',\n  ')}\nfrom (\n${inner}\n) as raw`
  }, select)
}
