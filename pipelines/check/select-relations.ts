import { parentsFirst } from '../contract/tables/contracts.ts'
import { withoutComments } from '../platform/sql-text.ts'
import type { Candidates } from '../source/transformer.ts'
import { acceptedRelation } from './keys-sql.ts'

/** By table, the relations that its SELECT reads, also through the accepted rows of an earlier table. */
export function readsByTable(
  relations: readonly string[],
  candidates: readonly Candidates[],
): ReadonlyMap<string, readonly string[]> {
  const readsOf = new Map<string, readonly string[]>()
  for (const { table, select } of parentsFirst(candidates)) {
    const through = [...readsOf].filter(([earlier]) => relationsIn(select, [acceptedRelation(earlier)]).length > 0)
    const reads = [...relationsIn(select, relations), ...through.flatMap(([, behind]) => behind)]
    readsOf.set(table, [...new Set(reads)])
  }
  return readsOf
}

/**
 * True if both tables read one and the same relation: only then file and record numbers identify a parent's version.
 */
export function sameRelation(child: readonly string[], parent: readonly string[]): boolean {
  return child.length === 1 && parent.length === 1 && child[0] === parent[0]
}

export function relationsIn(select: string, relations: readonly string[]): readonly string[] {
  const code = withoutComments(select)
  return relations.filter(name => new RegExp(`(?<!\\w)${escaped(name)}(?!\\w)`, 'i').test(code))
}

const escaped = (name: string): string => name.replaceAll(/[^\w]/g, one => `\\${one}`)
