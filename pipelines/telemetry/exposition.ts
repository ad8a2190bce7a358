/** One value of a metric, with its labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** A gauge with all its samples. */
export interface Gauge {
  /** `[a-zA-Z_:][a-zA-Z0-9_:]*`, with its unit at the end. */
  readonly name: string
  readonly help: string
  readonly samples: readonly Sample[]
}

/**
 * Gauges in Prometheus' text format 0.0.4: HELP, TYPE and the samples of each, with a line feed at the end. Samples
 * have no timestamp, since node-exporter's textfile collector refuses timestamps.
 */
export function exposition(gauges: readonly Gauge[]): string {
  return gauges
    .filter(({ samples }) => samples.length > 0)
    .flatMap(({ name, help, samples }) => [
      `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
      `# TYPE ${name} gauge`,
      ...samples.map(({ labels, value }) => `${name}${labelText(labels)} ${value}`),
    ])
    .map(line => `${line}\n`)
    .join('')
}

function labelText(labels: Sample['labels']): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

const escaped = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
