import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { commands } from '../../pipelines/cli/command-list.ts'
import { root } from '../helpers/cli.ts'
import { example, examples, found } from './examples.ts'

const page = readFileSync(join(root, 'docs/orchestrators.md'), 'utf8')

test('the CronJob never restarts a pod in place, takes its secret from a secret, and is rootless', t => {
  if (!found(t, 'python3', '-c', 'import yaml')) return
  const { stdout, stderr } = spawnSync(
    'python3',
    ['-c', 'import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin.read())))'],
    { input: example('kubernetes/cronjob.yaml'), encoding: 'utf8' },
  )
  t.is(stderr, '')
  const job = JSON.parse(stdout) as CronJob
  t.is(job.spec.concurrencyPolicy, 'Forbid')
  const { backoffLimit, podFailurePolicy, template } = job.spec.jobTemplate.spec
  t.true(backoffLimit > 0)
  t.deepEqual(podFailurePolicy.rules[0]?.onExitCodes?.values, [2, 3])
  const { restartPolicy, securityContext, containers, volumes } = template.spec
  t.is(restartPolicy, 'Never')
  t.true(securityContext['runAsNonRoot'])
  const [container] = containers
  const { env = [], volumeMounts = [] } = container ?? {}
  t.deepEqual(env.find(({ name }) => name === 'DATABASE_URL')?.valueFrom?.secretKeyRef, {
    name: 'caseload',
    key: 'database-url',
  })
  const work = env.find(({ name }) => name === 'CASELOAD_WORK')?.value
  const volume = volumeMounts.find(({ mountPath }) => mountPath === work)?.name
  t.deepEqual(Object.keys(volumes.find(({ name }) => name === volume) ?? {}).sort(), ['emptyDir', 'name'])
  t.like(container?.securityContext, { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false })
})

interface CronJob {
  readonly spec: {
    readonly concurrencyPolicy: string
    readonly jobTemplate: {
      readonly spec: {
        readonly backoffLimit: number
        readonly podFailurePolicy: {
          readonly rules: readonly { readonly onExitCodes?: { readonly values: unknown } }[]
        }
        readonly template: { readonly spec: PodSpec }
      }
    }
  }
}

interface PodSpec {
  readonly restartPolicy: string
  readonly securityContext: Readonly<Record<string, unknown>>
  readonly containers: readonly {
    readonly env: readonly {
      readonly name: string
      readonly value?: string
      readonly valueFrom?: { readonly secretKeyRef?: unknown }
    }[]
    readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
    readonly securityContext: Readonly<Record<string, unknown>>
  }[]
  readonly volumes: readonly { readonly name: string }[]
}

const flagPattern = /(?<![\w-])--[a-z][a-z-]*/g

test('every command of the examples and of the page is one, with flags that it has', async t => {
  const files = readdirSync(examples, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  const texts = [page, ...files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'))]
  // In Python a command is a list of words.
  const calls = texts.flatMap(text => [
    ...text
      .replaceAll('"caseload", "', 'caseload ')
      .replaceAll('", "', ' ')
      .matchAll(/\bcaseload ([a-z]+)( [^\n`;|]*)?/g),
  ])
  const known = new Set<string>()
  for (const [call, name = '', rest = ''] of calls) {
    const entry = commands.find(one => one.name === name)
    const flags = [...rest.matchAll(flagPattern)].map(([flag]) => flag)
    if (entry === undefined) {
      t.deepEqual(flags, [], `no command: ${call}`)
      continue
    }
    known.add(name)
    const { options } = await entry.load()
    for (const flag of flags)
      t.true(
        options.some(({ long }) => long === flag),
        `${flag} of: ${call}`,
      )
  }
  t.deepEqual([...known].sort(), ['backfill', 'dismiss', 'plan', 'run', 'status', 'watch', 'worker'])
  const all = await Promise.all(commands.filter(({ name }) => known.has(name)).map(entry => entry.load()))
  const flags = new Set(all.flatMap(({ options }) => options.map(({ long }) => long)))
  for (const [flag] of page.replaceAll(/^systemctl .*$/gm, '').matchAll(flagPattern))
    t.true(flags.has(flag), `${flag} of the page`)
})

test('the page names every example, and says of each how it was tried', t => {
  const table = page.split('\n').filter(line => line.startsWith('| ['))
  for (const entry of readdirSync(examples, { withFileTypes: true })) {
    const row = table.find(line => line.includes(`](examples/${entry.name}/`))
    t.regex(row ?? '', /\b(run|ran|runs|materialized)\b/, entry.name)
  }
  t.regex(table.find(line => line.includes('Dockerfile')) ?? '', /not run/)
})
