import type { Catalogue } from './catalogue.ts'
import { isTree, lastName, listOf, nodesOf, selectOf, textOf, type Tree, treeOf } from './tree.ts'

/** What Citus 13 refuses, or answers wrongly, in one statement. */
export interface Rule {
  readonly name: string
  /** What happens on Citus, for a person. */
  readonly reason: string
  readonly isBroken: (statement: Tree, catalogue: Catalogue) => boolean
}

type Writing = 'InsertStmt' | 'UpdateStmt' | 'DeleteStmt'

const writings: readonly Writing[] = ['InsertStmt', 'UpdateStmt', 'DeleteStmt']

const relationsIn = (tree: unknown): readonly Tree[] => nodesOf(tree, 'RangeVar')

/** The statements below a tree that write a table, and the place of that table. */
const writesIn = (tree: Tree, catalogue: Catalogue): readonly { kind: Writing; node: Tree; place: string }[] =>
  writings.flatMap(kind =>
    nodesOf(tree, kind).map(node => ({ kind, node, place: catalogue.placeOf(treeOf(node, 'relation')) ?? 'none' })),
  )

const isPlaced = (place: string): boolean => place === 'distributed' || place === 'reference' || place === 'known'

const callsIn = (tree: unknown): readonly string[] =>
  nodesOf(tree, 'FuncCall').map(call => lastName(listOf(call, 'funcname')))

const alterations = (statement: Tree): readonly { table: Tree; command: Tree }[] =>
  nodesOf(statement, 'AlterTableStmt').flatMap(table =>
    nodesOf(listOf(table, 'cmds'), 'AlterTableCmd').map(command => ({ table: treeOf(table, 'relation'), command })),
  )

/** The names of the steps of all WITHs. */
const stepsIn = (tree: unknown): ReadonlySet<string> =>
  new Set(nodesOf(tree, 'CommonTableExpr').map(step => textOf(step, 'ctename')))

const isStep = (relation: Tree, steps: ReadonlySet<string>): boolean =>
  textOf(relation, 'schemaname') === '' && steps.has(textOf(relation, 'relname'))

/** The rules, each with what is seen of it on Citus 13.2. */
export const rules: readonly Rule[] = [
  {
    name: 'parts of parts',
    reason: 'distributing multi-level partitioned tables is not supported',
    isBroken: statement =>
      nodesOf(statement, 'CreateStmt').some(
        table => isTree(table['partspec']) && (isTree(table['partbound']) || listOf(table, 'inhRelations').length > 0),
      ) ||
      nodesOf(statement, 'CreateStmt').some(
        table => isTree(table['partspec']) && nodesOf(listOf(table, 'tableElts'), 'TableLikeClause').length > 0,
      ),
  },
  {
    name: 'key without the distribution column',
    reason: 'cannot create constraint: distributed relations cannot have such a unique key',
    isBroken: (statement, catalogue) => {
      const keys = [
        ...nodesOf(statement, 'IndexStmt')
          .filter(index => index['unique'] === true)
          .map(index => ({
            relation: treeOf(index, 'relation'),
            columns: nodesOf(listOf(index, 'indexParams'), 'IndexElem').map(column => textOf(column, 'name')),
          })),
        ...alterations(statement).flatMap(({ table, command }) =>
          nodesOf(treeOf(command, 'def'), 'Constraint')
            .filter(one => /^CONSTR_(?:PRIMARY|UNIQUE|EXCLUSION)$/.test(textOf(one, 'contype')))
            .map(one => ({ relation: table, columns: listOf(one, 'keys').map(key => lastName([key])) })),
        ),
      ]
      return keys.some(({ relation, columns }) => {
        const wanted = catalogue.columnOf(relation)
        return wanted !== undefined && !columns.includes(wanted)
      })
    },
  },
  {
    name: 'detach concurrently',
    reason: 'ALTER TABLE DETACH PARTITION CONCURRENTLY is not supported',
    isBroken: statement =>
      alterations(statement).some(
        ({ command }) =>
          textOf(command, 'subtype') === 'AT_DetachPartitionFinalize' ||
          nodesOf(treeOf(command, 'def'), 'PartitionCmd').some(part => part['concurrent'] === true),
      ),
  },
  {
    name: 'temporary table',
    reason: 'a temporary table cannot be distributed, and a join with it leaves the workers',
    isBroken: statement =>
      [...nodesOf(statement, 'CreateStmt').map(table => treeOf(table, 'relation')), ...intoTables(statement)].some(
        relation => textOf(relation, 'relpersistence') === 't' || textOf(relation, 'schemaname') === 'pg_temp',
      ),
  },
  {
    name: 'volatile function in an update',
    reason: 'functions used in UPDATE queries on distributed tables must not be VOLATILE',
    isBroken: (statement, catalogue) =>
      writesIn(statement, catalogue).some(({ kind, node, place }) => {
        if (!isPlaced(place)) return false
        if (kind !== 'InsertStmt') return callsIn(node).some(name => catalogue.volatilityOf(name) === 'v')
        const conflict = treeOf(node, 'onConflictClause')
        return (
          callsIn(conflict).some(name => catalogue.volatilityOf(name) !== 'i') ||
          nodesOf(conflict, 'SQLValueFunction').length > 0
        )
      }),
  },
  {
    name: 'view that unites distributed tables',
    reason:
      'joins with it are sent to the shards without their distribution column: wrong rows, no error (citusdata/citus#4763)',
    isBroken: (statement, catalogue) =>
      nodesOf(statement, 'ViewStmt').some(view => {
        const query = selectOf(view['query'])
        if (query === undefined) return false
        const isDistributed = (branch: Tree): boolean =>
          nodesOf(listOf(branch, 'fromClause'), 'RangeVar').some(one => catalogue.placeOf(one) === 'distributed') &&
          listOf(branch, 'groupClause').length === 0
        return branchesOf(query).filter(isDistributed).length > 1
      }),
  },
  {
    name: 'writing step',
    reason: "Router planner doesn't support such common table expressions",
    isBroken: (statement, catalogue) =>
      nodesOf(statement, 'CommonTableExpr').some(step =>
        writings.some(kind => isTree(treeOf(step, 'ctequery')[kind])),
      ) && writesIn(statement, catalogue).some(({ place }) => isPlaced(place)),
  },
  {
    name: 'copied table changed by others',
    reason: 'only reference tables may be queried when targeting a reference table',
    isBroken: (statement, catalogue) =>
      writesIn(statement, catalogue).some(
        ({ kind, node, place }) =>
          kind !== 'InsertStmt' &&
          place === 'reference' &&
          relationsIn(node).some(one => !['reference', undefined].includes(catalogue.placeOf(one))),
      ),
  },
  {
    name: 'rows without a partner deleted',
    reason: 'local table cannot be joined with these distributed tables',
    isBroken: (statement, catalogue) =>
      writesIn(statement, catalogue).some(
        ({ kind, node, place }) =>
          kind === 'DeleteStmt' &&
          isPlaced(place) &&
          listOf(node, 'usingClause').length === 0 &&
          existsIn(node['whereClause']).some(query => isRelated(query, catalogue)),
      ),
  },
  {
    name: 'exists between a step and a table',
    reason: 'correlated subqueries are not supported when the FROM clause contains a CTE or subquery',
    isBroken: (statement, catalogue) => {
      const steps = stepsIn(statement)
      return nodesOf(statement, 'SelectStmt')
        .flatMap(branchesOf)
        .some(select => {
          const from = listOf(select, 'fromClause')
          const outer = from.flatMap(one => (isTree(one) && isTree(one['RangeVar']) ? [one['RangeVar']] : []))
          const isOfSteps = from.length > 0 && outer.length === from.length && outer.every(one => isStep(one, steps))
          return isOfSteps && existsIn(select['whereClause']).some(query => readsDistributed(query, catalogue))
        })
    },
  },
  {
    name: 'step without columns',
    reason: 'a column definition list is required for functions returning "record"',
    isBroken: (statement, catalogue) =>
      relationsIn(statement).some(one => isPlaced(catalogue.placeOf(one) ?? 'none')) &&
      nodesOf(statement, 'CommonTableExpr').some(step => {
        const query = selectOf(step['ctequery'])
        return (
          query !== undefined &&
          branchesOf(query).some(
            one => listOf(one, 'targetList').length === 0 && listOf(one, 'valuesLists').length === 0,
          )
        )
      }),
  },
  {
    name: 'shared row lock on a copied table',
    reason: 'two sessions deadlock: Citus takes a shared lock on the shard and then a stronger one',
    isBroken: (statement, catalogue) =>
      nodesOf(statement, 'SelectStmt').some(
        select =>
          nodesOf(listOf(select, 'lockingClause'), 'LockingClause').some(lock =>
            /SHARE$/.test(textOf(lock, 'strength')),
          ) && // The server itself asks with ONLY whether a parent of a foreign key is there: on Citus it asks shard by shard.
          relationsIn(listOf(select, 'fromClause')).some(
            one => one['inh'] === true && catalogue.placeOf(one) === 'reference',
          ),
      ),
  },
  {
    name: 'parameters in an SQL function',
    reason: 'could not create distributed plan: parameters in SQL functions are not supported in Citus',
    isBroken: (statement, catalogue) =>
      nodesOf(statement, 'CreateFunctionStmt').some(
        made =>
          nodesOf(listOf(made, 'options'), 'DefElem').some(
            option =>
              textOf(option, 'defname') === 'language' &&
              textOf(treeOf(treeOf(option, 'arg'), 'String'), 'sval') === 'sql',
          ) &&
          listOf(made, 'parameters').length > 0 &&
          bodyOf(made, catalogue),
      ),
  },
]

/** The branches of a query: itself, or those of its set operation. */
function branchesOf(select: Tree): readonly Tree[] {
  const sides = ['larg', 'rarg'].flatMap(side => (isTree(select[side]) ? [select[side]] : []))
  return sides.length === 0 ? [select] : sides.flatMap(branchesOf)
}

/** The queries of the EXISTS of a condition. */
function existsIn(condition: unknown): readonly Tree[] {
  return nodesOf(condition, 'SubLink')
    .filter(link => textOf(link, 'subLinkType') === 'EXISTS_SUBLINK')
    .map(link => treeOf(link, 'subselect'))
}

const readsDistributed = (query: Tree, catalogue: Catalogue): boolean =>
  relationsIn(query).some(one => catalogue.placeOf(one) === 'distributed')

const isRelated = (query: Tree, catalogue: Catalogue): boolean =>
  relationsIn(query).some(one => isPlaced(catalogue.placeOf(one) ?? 'none'))

const intoTables = (statement: Tree): readonly Tree[] =>
  ['into', 'intoClause'].flatMap(key => nodesOf(statement, key)).map(into => treeOf(into, 'rel'))

/** Whether the body of a function writes a placed table. The parser gives the body of a function as text. */
function bodyOf(made: Tree, catalogue: Catalogue): boolean {
  const text = nodesOf(listOf(made, 'options'), 'DefElem')
    .filter(option => textOf(option, 'defname') === 'as')
    .flatMap(option => nodesOf(option, 'String').map(one => textOf(one, 'sval')))
    .join('\n')
  const written = [...text.matchAll(/\b(?:insert into|update|delete from)\s+(\w+)\.(\w+)/g)]
  return written.some(([, schemaname = '', relname = '']) =>
    isPlaced(catalogue.placeOf({ schemaname, relname }) ?? 'none'),
  )
}
