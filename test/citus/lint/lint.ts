import { parse } from 'libpg-query'
import type { Catalogue } from './catalogue.ts'
import { rules } from './rules.ts'
import { isTree, listOf, nodesOf, type Tree, treeOf } from './tree.ts'

/** A statement that Citus refuses or answers wrongly. */
export interface Finding {
  readonly rule: string
  readonly reason: string
  readonly statement: string
}

/** What was found, and the texts that the parser does not read. */
export interface Linted {
  readonly findings: readonly Finding[]
  readonly unread: readonly string[]
}

/** Checks statements one by one. */
export async function lintStatements(texts: Iterable<string>, catalogue: Catalogue): Promise<Linted> {
  const findings: Finding[] = []
  const unread: string[] = []
  for (const statement of texts) {
    const trees = await treesOf(statement)
    if (trees === undefined) unread.push(statement)
    for (const tree of trees ?? []) {
      const broken = rules.filter(rule => rule.isBroken(tree, catalogue))
      findings.push(...broken.map(({ name, reason }) => ({ rule: name, reason, statement })))
    }
  }
  return { findings, unread }
}

/** Checks messages, each of which can have several statements: Citus sends the whole of an `alter table` to the workers. */
export async function lintMessages(texts: Iterable<string>, catalogue: Catalogue): Promise<Linted> {
  const findings: Finding[] = []
  const unread: string[] = []
  for (const statement of texts) {
    const trees = await treesOf(statement)
    if (trees === undefined) unread.push(statement)
    if (trees === undefined || trees.length < 2 || !trees.some(tree => changesPlaced(tree, catalogue))) continue
    findings.push({ rule: 'several statements', reason: 'cannot execute multiple utility events', statement })
  }
  return { findings, unread }
}

/** A function also sends the expressions of its conditions and assignments, which are no statements. */
async function treesOf(text: string): Promise<readonly Tree[] | undefined> {
  return (await parsed(text)) ?? (await parsed(`select ${text.replace(/^\s*[\w.]+\s*:=/, '')}`))
}

async function parsed(text: string): Promise<readonly Tree[] | undefined> {
  try {
    const read: unknown = await parse(text)
    return isTree(read) ? listOf(read, 'stmts').flatMap(one => (isTree(one) ? [treeOf(one, 'stmt')] : [])) : undefined
  } catch {
    return undefined
  }
}

/** True for a change of a distributed or copied table itself, not of its rows. */
function changesPlaced(tree: Tree, catalogue: Catalogue): boolean {
  const tables = ['AlterTableStmt', 'IndexStmt', 'RenameStmt', 'AlterObjectSchemaStmt'].flatMap(kind =>
    nodesOf(tree, kind).map(one => treeOf(one, 'relation')),
  )
  return tables.some(one => !['local', undefined].includes(catalogue.placeOf(one)))
}
