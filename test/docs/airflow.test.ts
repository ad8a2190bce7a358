import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { testDatabase } from '../helpers/database.ts'
import { testLanding } from '../helpers/landing.ts'
import { dayBefore, example, examples, found, shell, testFolder } from './examples.ts'

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
