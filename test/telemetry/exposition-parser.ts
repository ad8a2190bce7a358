/** A metric as a reader of the text format sees it. */
export interface Metric {
  readonly type: string
  readonly help: string
  readonly samples: readonly ParsedSample[]
}

/** One sample of it. */
export interface ParsedSample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const metricName = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const labelName = '[a-zA-Z_][a-zA-Z0-9_]*'
const quoted = '"(?:[^"\\\\\\n]|\\\\["\\\\n])*"'
const help = new RegExp(`^# HELP (${metricName}) ((?:[^\\\\\\n]|\\\\[\\\\n])*)$`)
const type = new RegExp(`^# TYPE (${metricName}) (counter|gauge|histogram|summary|untyped)$`)
const sample = new RegExp(
  `^(${metricName})(?:\\{(${labelName}=${quoted}(?:,${labelName}=${quoted})*)\\})? ([-+]?(?:\\d+(?:\\.\\d+)?(?:e[-+]?\\d+)?))$`,
)

/**
 * Reads Prometheus' text format 0.0.4 strictly: HELP and TYPE once and before the samples of a metric, metrics not
 * mixed, no sample twice, no timestamps, a line feed at the end.
 *
 * @throws Error with the first wrong line
 */
export function parseExposition(text: string): ReadonlyMap<string, Metric> {
  if (!text.endsWith('\n')) throw new Error('the text does not end in a line feed')
  const metrics = new Map<string, { type: string; help: string; samples: ParsedSample[] }>()
  const seen = new Set<string>()
  let current: { name: string; step: 'help' | 'type' | 'samples' } | undefined
  for (const line of text.slice(0, -1).split('\n')) {
    const refuse = (why: string): never => {
      throw new Error(`${why}: ${line}`)
    }
    const [, helpName, helpText] = help.exec(line) ?? []
    const [, typeName, typeText] = type.exec(line) ?? []
    const [, name, labels = '', value] = sample.exec(line) ?? []
    if (helpName !== undefined && helpText !== undefined) {
      if (metrics.has(helpName)) refuse('a metric comes twice')
      metrics.set(helpName, { help: unescaped(helpText), type: '', samples: [] })
      current = { name: helpName, step: 'help' }
    } else if (typeName !== undefined && typeText !== undefined) {
      const metric = metrics.get(typeName)
      if (metric === undefined || current?.name !== typeName || current.step !== 'help') refuse('TYPE out of place')
      else metric.type = typeText
      current = { name: typeName, step: 'type' }
    } else if (name !== undefined) {
      const metric = metrics.get(name)
      if (metric === undefined || current?.name !== name || current.step === 'help') refuse('a sample out of place')
      if (seen.has(`${name}{${labels}}`)) refuse('a sample comes twice')
      seen.add(`${name}{${labels}}`)
      metric?.samples.push({ labels: labelsOf(labels), value: Number(value) })
      current = { name, step: 'samples' }
    } else {
      refuse('no line of the format')
    }
  }
  return metrics
}

function labelsOf(text: string): Record<string, string> {
  const pairs = text.matchAll(new RegExp(`(${labelName})=(${quoted})`, 'g'))
  return Object.fromEntries([...pairs].map(([, name = '', value = '']) => [name, unescaped(value.slice(1, -1))]))
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(["\\n])/g, (_, letter: string) => (letter === 'n' ? '\n' : letter))
}
