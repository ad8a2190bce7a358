import type { Session } from '../../pipelines/platform/postgres.ts'

/** A node of a plan, as `explain (analyze, format json)` gives it. */
export interface Plan {
  readonly 'Node Type': string
  readonly 'Actual Loops': number
  readonly 'Actual Rows': number
  readonly 'Rows Removed by Join Filter'?: number
  readonly Plans?: readonly Plan[]
}

/** The plan of a question, as the server ran it. */
export async function planOf(session: Session, sql: string): Promise<Plan> {
  const explained = await session.query<{ 'QUERY PLAN': readonly { readonly Plan: Plan }[] }>(
    `explain (analyze, timing off, format json) ${sql}`,
  )
  const plan = explained.rows[0]?.['QUERY PLAN'][0]?.Plan
  if (plan === undefined) throw new Error('explain gives a plan')
  return plan
}

const nodesOf = (plan: Plan): readonly Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]

/** How often a nested loop reads all partitions of a table again, at most. */
export function mostRescans(plan: Plan, partitions: number): number {
  const inner = nodesOf(plan)
    .filter(node => node['Node Type'] === 'Nested Loop')
    .flatMap(node => nodesOf((node.Plans ?? [])[1] ?? node))
    .filter(node => /Append$/.test(node['Node Type']) && (node.Plans ?? []).length >= partitions)
  return Math.max(0, ...inner.map(node => node['Actual Loops']))
}

/** The pairs of rows that one join makes and throws away, at most: a row meets itself where its newer versions are looked for. */
export const mostPairsRemoved = (plan: Plan): number =>
  Math.max(0, ...nodesOf(plan).map(node => (node['Rows Removed by Join Filter'] ?? 0) * node['Actual Loops']))

/** The rows that one step sorts, at most. */
export const mostSorted = (plan: Plan): number =>
  Math.max(
    0,
    ...nodesOf(plan)
      .filter(node => /Sort$/.test(node['Node Type']))
      .map(node => node['Actual Rows'] * node['Actual Loops']),
  )

/** How often a partition is read, all together. */
export const partitionReads = (plan: Plan): number =>
  nodesOf(plan)
    .filter(node => /Append$/.test(node['Node Type']))
    .flatMap(node => node.Plans ?? [])
    .reduce((sum, node) => sum + node['Actual Loops'], 0)
