/** A point of a drawing, in whole units. */
export type Point = readonly [x: number, y: number]

/** A line through points as a path of steps: a third of the length of one of places. */
export function stepsPath(points: readonly Point[]): string {
  const [first, ...others] = points
  if (first === undefined) return ''
  if (others.length === 0) return `M${first[0]} ${first[1]}h0`
  let [x, y] = first
  return others.reduce((path, [toX, toY]) => {
    const [right, down] = [toX - x, toY - y]
    x = toX
    y = toY
    return `${path}${path.endsWith('l') || right < 0 ? '' : ' '}${right}${down < 0 ? '' : ' '}${down}`
  }, `M${first[0]} ${first[1]}l`)
}
