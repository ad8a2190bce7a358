/** A part of a parse tree of libpg-query: a node is an object whose only key is its kind. */
export type Tree = Readonly<Record<string, unknown>>

export const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The list below a key; empty if it is absent. */
export function listOf(tree: Tree, key: string): readonly unknown[] {
  const value = tree[key]
  return Array.isArray(value) ? value : []
}

/** The tree below a key; empty if it is absent. */
export function treeOf(tree: Tree, key: string): Tree {
  const value = tree[key]
  return isTree(value) ? value : {}
}

/** The text below a key; '' if it is absent. */
export function textOf(tree: Tree, key: string): string {
  const value = tree[key]
  return typeof value === 'string' ? value : ''
}

/** All nodes of a kind below a value, the outer ones first. */
export function nodesOf(value: unknown, kind: string): readonly Tree[] {
  if (Array.isArray(value)) return value.flatMap(one => nodesOf(one, kind))
  if (!isTree(value)) return []
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(key === kind && isTree(inner) ? [inner] : []),
    ...nodesOf(inner, kind),
  ])
}

/** The name of a function or type in a list of names, without its schema. */
export function lastName(names: readonly unknown[]): string {
  const last = names.at(-1)
  return isTree(last) ? textOf(treeOf(last, 'String'), 'sval') : ''
}

/** The SELECT below a value, if it is one. */
export function selectOf(value: unknown): Tree | undefined {
  return isTree(value) && isTree(value['SelectStmt']) ? value['SelectStmt'] : undefined
}
