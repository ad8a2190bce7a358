import type { Mart, ViewDefinition } from './definitions.ts'
import { type Relation, relationsIn } from './relations.ts'

/** The clinical views that a view reads, also through others. */
export function allRead(view: ViewDefinition, definitions: ReadonlyMap<string, ViewDefinition>): ReadonlySet<string> {
  const found = new Set<string>()
  const visit = (one: ViewDefinition): void => {
    for (const { schema, name } of relationsIn(one.definition)) {
      const next = schema === 'clinical' ? definitions.get(name) : undefined
      if (next === undefined || found.has(name)) continue
      found.add(name)
      visit(next)
    }
  }
  visit(view)
  return found
}

/** The tables and marts whose rows a view is computed from: what it reads through views without a mart, too. */
export function readBy(
  view: ViewDefinition,
  marts: readonly Pick<Mart, 'name'>[],
  definitions: ReadonlyMap<string, ViewDefinition>,
): readonly Relation[] {
  const found = new Map<string, Relation>()
  const visit = (one: ViewDefinition): void => {
    for (const relation of relationsIn(one.definition)) {
      const { schema, name } = relation
      const next = schema === 'clinical' && marts.every(mart => mart.name !== name) ? definitions.get(name) : undefined
      if (next === undefined) found.set(`${schema}.${name}`, relation)
      else visit(next)
    }
  }
  visit(view)
  return [...found.values()]
}
