import { quoteIdent } from '../platform/sql.ts'
import type { Contract, ContractColumn } from '../contract/contract.ts'
import { type CheckOptions, castSql, columnPredicates, type Predicate, rowPredicates, type Rule } from './predicates.ts'
import { type RowRule, rowRules } from '../contract/row-rules.ts'
import { actionOf, type RuleActions } from '../contract/rule-actions.ts'

/** A broken rule of a loaded row: its value is dropped (loaded as null), or loaded with a warning. */
export interface Mark extends Rule {
  readonly kind: 'drop' | 'warn'
}

/** SQL of a condition, given the prefix of column names: `judged.`, `raw.` or an empty string. */
type Condition = (prefix: string) => string

/** The plan of a table's checks, whose results are columns beside those of the SELECT. */
export interface Marking {
  /** Adds the columns that the conditions read to the SELECT; returns the same text if there are no such columns. */
  readonly wrap: (select: string) => string
  /**
   * The rules that send a row to quarantine, in their order; `broken` reads the wrapped SELECT with the alias `raw`.
   */
  readonly verdicts: readonly (Predicate & { readonly verdict: number })[]
  /** All rules in their order; a verdict of n means that the row broke `rules[n - 1]`. */
  readonly rules: readonly Rule[]
  readonly marks: readonly Mark[]
  /** The condition of each mark for a loaded row, in the order of `marks`. */
  readonly holds: readonly Condition[]
  /** The condition under which a column's value is dropped; undefined for a column whose values are never dropped. */
  readonly droppedWhen: (column: string) => Condition | undefined
}

/** One added column, and the layer of the wrapped SELECT that computes it. */
interface Finder {
  readonly level: number
  /** SQL over `raw`. */
  readonly sql: string
}

/** A finder whose rule drops values. */
interface Dropper {
  readonly fired: Condition
  readonly level: number
  readonly nulls: readonly string[]
  readonly marks: readonly { readonly rule: Rule; readonly when: Condition }[]
}

/**
 * Plans the checks of a table. Every predicate is evaluated once: for a column with a rule that drops, an added column
 * has the number of the first broken rule, and the verdict, the cast and the marks read it. A rule across columns sees
 * the values that are left after earlier drops, so no row goes to quarantine because of a value that is not loaded. If
 * no rule drops or warns, no column is added.
 *
 * @param columns the yielded columns of the contract
 * @param raw SQL of a column's delivered text over `raw`
 */
export function markingOf(
  contract: Contract,
  columns: readonly ContractColumn[],
  raw: (column: string) => string,
  options: CheckOptions & { readonly actions: RuleActions; readonly batchDate: string },
): Marking {
  const names = new Set(columns.map(({ name }) => name))
  const action = ({ column, rule }: Rule): ReturnType<typeof actionOf> =>
    actionOf(contract, options.actions, column, rule)
  const isOn = (one: Rule): boolean => action(one) !== 'off'
  const ofColumns = columns.map(column => ({
    column,
    predicates: columnPredicates(column, raw(column.name), options).filter(isOn),
  }))
  const across = rowRules(contract.table)
    .filter(rule => rule.columns.every(name => names.has(name)))
    .filter(({ name }) => isOn({ column: null, rule: name }))
  const rules: readonly Rule[] = [
    ...ofColumns.flatMap(({ predicates }) => predicates.map(({ column, rule }) => ({ column, rule }))),
    ...across.map(({ name }) => ({ column: null, rule: name })),
  ]
  const numberOf = ({ column, rule }: Rule): number =>
    rules.findIndex(one => one.column === column && one.rule === rule) + 1

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
  /** The predicate of a rule across columns, after the drops planned so far. */
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
      if (first === undefined) throw new Error(`${contract.table}.${column.name}: no finder`)
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
        // A rule across columns may drop several columns; those that were null anyway get no mark.
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

/** Layer by layer: the columns of a layer read those of the layers below. */
function wrapped(select: string, finders: readonly Finder[]): string {
  const levels = [...new Set(finders.map(({ level }) => level))].sort((a, b) => a - b)
  return levels.reduce((inner, level) => {
    const found = finders.flatMap((finder, at) =>
      finder.level === level ? [`${finder.sql} as caseload_found_${at + 1}`] : [],
    )
    return `select raw.*,\n  ${found.join(',\n  ')}\nfrom (\n${inner}\n) as raw`
  }, select)
}
