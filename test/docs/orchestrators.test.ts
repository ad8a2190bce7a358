import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { commands } from '../../pipelines/cli.ts'
import { root } from '../helpers/cli.ts'
import { rowsOf, testDatabase } from '../helpers/database.ts'
import { patient, testLanding } from '../helpers/landing.ts'

const examples = join(root, 'docs/examples')
const example = (name: string): string => readFileSync(join(examples, name), 'utf8')
const page = readFileSync(join(root, 'docs/orchestrators.md'), 'utf8')

/** Runs a command in sh, as cron and systemd do, with a `caseload` of this build in the PATH. */
function shell(folder: string, command: string, env: Readonly<Record<string, string>> = {}) {
  const wrapper = join(folder, 'caseload')
  writeFileSync(wrapper, `#!/bin/sh\nexec '${process.execPath}' '${root}dist/bin/caseload.js' "$@"\n`)
  chmodSync(wrapper, 0o755)
  const path = `${folder}:${process.env['PATH'] ?? ''}`
  return spawnSync('/bin/sh', ['-c', command], { encoding: 'utf8', cwd: folder, env: { PATH: path, ...env } })
}

/** A program of this machine, or none: then what needs it is left out, with a word. */
function found(t: ExecutionContext, program: string, ...args: readonly string[]): boolean {
  const { status } = spawnSync(program, args)
  if (status !== 0) t.log(`not checked: there is no ${program}`)
  return status === 0
}

function testFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-orchestrators-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

const dayBefore = (days: number): string =>
  spawnSync('date', ['-d', `${days} days ago`, '+%F'], { encoding: 'utf8' }).stdout.trim()

test('the lines for cron and the command for systemd load what was delivered and say what failed', async t => {
  const { url } = await testDatabase(t)
  const folder = testFolder(t)
  const landing = testLanding(t)
  const deliver = (day: string): void => {
    const events = JSON.stringify([patient('P1', 'Avery Sample', [{ drug: 'Metformin', dose: '500 mg' }])])
    landing.write(`source_a/${day.replaceAll('-', '')}/visit_events.json`, events)
  }
  // Bare, the & would end the assignment.
  const long = new URL(url)
  for (const [name, value] of [
    ['application_name', 'cron'],
    ['connect_timeout', '10'],
  ] as const) {
    long.searchParams.set(name, value)
  }
  writeFileSync(join(folder, 'env'), `DATABASE_URL='${long.href}'\nCASELOAD_LANDING='${landing.root}'\n`)
  mkdirSync(join(folder, 'log'))
  const jobs = cronJobs(folder)
  t.is(jobs.length, 2)
  const call = (command = ''): string => {
    const { status, stdout, stderr } = shell(folder, command)
    t.is(stderr, '')
    t.is(status, 0)
    return stdout
  }

  deliver(dayBefore(2))
  t.is(call(jobs[0]), 'source_a ended with exit code 4\n', 'nothing came yesterday')
  t.is(call(jobs[1]), '', 'the day before is made up for')
  deliver(dayBefore(1))
  t.is(call(jobs[0]), '', 'cron mails whatever is printed')
  t.regex(readFileSync(join(folder, 'log/source_a.log'), 'utf8'), /^Published source_a /m)
  const rows = await rowsOf(
    url,
    `select batch_date::text as day, status, external_id as id from caseload.runs order by started_at`,
  )
  t.deepEqual(rows, [
    { day: dayBefore(1), status: 'missing', id: 'cron' },
    { day: dayBefore(2), status: 'published', id: null },
    { day: dayBefore(1), status: 'published', id: 'cron' },
  ])

  const [, command = ''] = /^ExecStart=\/bin\/sh -c '(.*)'$/m.exec(example('systemd/caseload@.service')) ?? []
  const unescaped = command.replaceAll('%i', 'source_b').replaceAll('%%', '%').replaceAll('$$', '$')
  const env = { DATABASE_URL: url, CASELOAD_LANDING: landing.root, INVOCATION_ID: '0f0e', CASELOAD_LOG_FORMAT: 'json' }
  const { status, stderr } = shell(folder, unescaped, env)
  t.is(status, 4)
  t.like(JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? ''), { exit_code: 4 })
  const [last] = await rowsOf(url, `select external_id as id from caseload.runs where source = 'source_b'`)
  t.is(last?.['id'], 'systemd 0f0e')
})

test('the file of the environment is written as the crontab shows it; without a DATABASE_URL nothing is called', t => {
  const folder = testFolder(t)
  mkdirSync(join(folder, 'log'))
  const env = join(folder, 'env')
  const [, shown = '', url = ''] = /^#\s+(DATABASE_URL='(\S+)')$/m.exec(example('cron/caseload')) ?? []
  t.regex(url, /&/)
  writeFileSync(env, `${shown}\n`)
  t.is(shell(folder, `. ${env}; printf %s "$DATABASE_URL"`).stdout, url)
  // Without quotes, as an empty value, and not at all.
  for (const text of [shown.replaceAll("'", ''), 'DATABASE_URL=', '']) {
    writeFileSync(env, `${text}\n`)
    for (const job of cronJobs(folder)) {
      const { status, stderr } = shell(folder, job.replaceAll(/\bcaseload (?=run|backfill)/g, 'touch called; exit 0; '))
      t.not(status, 0, text)
      t.regex(stderr, /DATABASE_URL/)
      t.false(existsSync(join(folder, 'called')), text)
    }
  }
})

/** The commands of the crontab, with its escapes undone, on a file and logs below a folder. */
function cronJobs(folder: string): readonly string[] {
  const lines = example('cron/caseload').split('\n')
  return lines
    .filter(line => /^[\d*]/.test(line))
    .map(line => {
      const [, command = ''] = /^(?:\S+ ){5}caseload (.*)$/.exec(line) ?? []
      if (/(?<!\\)%/.test(command)) throw new Error(`cron ends this line at a %: ${line}`)
      return command
        .replaceAll('\\%', '%')
        .replaceAll('/etc/caseload/env', join(folder, 'env'))
        .replaceAll('/var/log/caseload', join(folder, 'log'))
    })
}

test('systemd takes the units', t => {
  const units = readdirSync(join(examples, 'systemd'))
  t.deepEqual(units, ['caseload@.service', 'caseload@.timer'])
  for (const unit of units) {
    const lines = example(`systemd/${unit}`).split('\n')
    for (const line of lines) t.regex(line, /^(|#.*|\[(Unit|Service|Timer|Install)\]|[A-Z]\w+=\S.*)$/)
  }
  if (!found(t, 'systemd-analyze', '--version')) return
  const folder = testFolder(t)
  for (const unit of units) copyFileSync(join(examples, 'systemd', unit), join(folder, unit))
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', ...units.map(unit => join(folder, unit))], {
    encoding: 'utf8',
  })
  t.is(status, 0, stderr)
  t.notRegex(stderr, /caseload/)
})

test('the Python files are Python', t => {
  const files = ['airflow', 'dagster'].flatMap(name => readdirSync(join(examples, name)).map(file => `${name}/${file}`))
  t.true(files.length >= 3)
  if (!found(t, 'python3', '--version')) return
  for (const file of files) {
    // Not py_compile, which leaves a folder beside the file.
    const { status, stderr } = spawnSync('python3', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], {
      input: example(file),
      encoding: 'utf8',
    })
    t.is(status, 0, `${file}: ${stderr}`)
  }
})

/** Reads the DAG with an Airflow that only gathers its tasks, and calls them: the scheduling is Airflow's. */
const callTasks = `
import json, sys
from unittest.mock import MagicMock
tasks = {}
def task(function):
    tasks[function.__name__] = function
    return MagicMock()
pendulum = MagicMock()
pendulum.now.return_value.subtract.return_value.to_date_string.return_value = sys.argv[2]
sys.modules.update({"pendulum": pendulum, "airflow.sdk": MagicMock(task=task)})
sys.modules["airflow.providers.standard.operators.bash"] = MagicMock()
exec(compile(open(sys.argv[1]).read(), sys.argv[1], "exec"))
ti = MagicMock()
mapped = tasks["plan"](ti)
code = ti.xcom_push.call_args.kwargs["value"]
try:
    tasks["every_source_planned"](code)
    ended = "well"
except RuntimeError as error:
    ended = str(error)
print(json.dumps({"mapped": mapped, "code": code, "ended": ended}))
`

test('the DAG that catches up maps the batches of healthy sources, and fails beside them for a broken one', async t => {
  if (!found(t, 'python3', '--version')) return
  const { url } = await testDatabase(t)
  const folder = testFolder(t)
  const landing = testLanding(t)
  const day = dayBefore(1)
  const compact = day.replaceAll('-', '')
  landing.write(`source_a/${compact}/visit_events.json`, '[]')
  mkdirSync(join(folder, 'sources/broken'), { recursive: true })
  writeFileSync(join(folder, 'sources/broken/broken.js'), "throw new Error('broken')")
  writeFileSync(join(folder, 'tasks.py'), callTasks)
  const env = { DATABASE_URL: url, CASELOAD_LANDING: landing.root, CASELOAD_SOURCES: join(folder, 'sources') }
  const call = () => shell(folder, `python3 tasks.py '${examples}/airflow/caseload_catch_up.py' ${day}`, env)

  const mapped = [{ SOURCE: 'source_a', DATE: day }]
  const healthy = call()
  t.deepEqual(JSON.parse(healthy.stdout), { mapped, code: 0, ended: 'well' }, healthy.stderr)
  landing.write(`broken/${compact}/list.csv`, 'x')
  const broken = call()
  const ended = 'caseload plan ended with exit code 2: see the log of the task plan'
  t.deepEqual(JSON.parse(broken.stdout || '{}'), { mapped, code: 2, ended }, broken.stderr)
  t.regex(broken.stderr, /broken\.js cannot be loaded/)
  rmSync(join(landing.root, 'source_a'), { recursive: true })
  const nothing = call()
  t.is(nothing.status, 1)
  t.regex(nothing.stderr, /CalledProcessError: .* non-zero exit status 2/)
})

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
  t.deepEqual([...known].sort(), ['backfill', 'plan', 'run'])
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
