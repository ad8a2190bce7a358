import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { Command } from 'commander'
import { allCommands } from '../../pipelines/cli/cli.ts'
import { withBatchFlags } from '../../pipelines/cli/commands/flags-batch.ts'
import { withCommonFlags } from '../../pipelines/cli/commands/flags-common.ts'
import { hasVariable, onlyOnTheCommandLine, variableOf } from '../../pipelines/cli/help/flag-variables.ts'
import { batchStateTable } from '../../pipelines/ledger/batch-states.ts'
import { exitCodeTable } from '../../pipelines/platform/exit-codes.ts'
import { secretNames } from '../../pipelines/platform/secrets.ts'
import { commandsDoc } from '../../scripts/commands-doc.mjs'
import { root } from '../helpers/cli.ts'
import { everyCommand, type NamedCommand } from '../helpers/commands.ts'
import { variablesReadByName } from '../helpers/variables.ts'

interface Piece {
  readonly file: string
  readonly text: string
}

/** The code in the README and the pages of docs/: each line of a block, each span in a line. */
function codeOfDocs(): readonly Piece[] {
  const pages = readdirSync(join(root, 'docs')).filter(name => name.endsWith('.md'))
  return ['README.md', ...pages.map(name => `docs/${name}`)].flatMap(file => {
    const parts = readFileSync(join(root, file), 'utf8').split(/^[ \t]*```(\w*).*$/m)
    // Prose, language, block, '' and prose again: a closing fence has no language.
    return parts.flatMap((part, i): readonly Piece[] => {
      if (i % 4 === 0) return [...part.matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => ({ file, text }))
      if (i % 4 !== 2 || /^(sql|ts|js|csv)$/.test(parts[i - 1] ?? '')) return []
      return part.split('\n').map(text => ({ file, text }))
    })
  })
}

interface Call {
  readonly piece: Piece
  /** Such as `quarantine ls`. */
  readonly path: string
  readonly flags: readonly string[]
}

/** Where a piece calls `caseload`, as a line of a shell or as a list of words; `start\|stop` is two calls. */
function callsIn(piece: Piece, commands: readonly NamedCommand[]): readonly Call[] {
  const line = piece.text.replaceAll(/["'],\s*["']/g, ' ').replaceAll('\\|', '|')
  return [...line.matchAll(/(?<![\w@.-])caseload["']? +([^\n;>)&`]*?)(?=$| \| |[;>)&`])/g)].flatMap(([, rest = '']) => {
    const [first = '', second = '', ...others] = rest.split(/\s+/)
    if (!/^[a-z]/.test(first)) return []
    const flags = [second, ...others].flatMap(word => /^--[a-z][a-z-]*/.exec(word) ?? [])
    return first.split('|').flatMap(name => {
      const parent = commands.find(one => one.path === name)?.command
      const inner = parent !== undefined && parent.commands.length > 0 && /^[a-z]/.test(second) ? second.split('|') : []
      return (inner.length === 0 ? [name] : inner.map(one => `${name} ${one}`)).map(path => ({ piece, path, flags }))
    })
  })
}

const flagsOf = ({ command }: NamedCommand): readonly string[] =>
  command.options.flatMap(option => (option.hidden || option.long === undefined ? [] : [option.long]))

test('docs/commands.md is what the program says', async t => {
  const commonFlags = withCommonFlags(new Command()).options
  const batchFlags = withBatchFlags(new Command()).options
  const text = await commandsDoc({
    program: await allCommands(),
    commonFlags,
    batchFlags: batchFlags.filter(one => !commonFlags.some(({ long }) => long === one.long)),
    onlyOnTheCommandLine,
    hasVariable,
    variableOf,
    exitCodes: Object.values(exitCodeTable),
    batchStates: batchStateTable,
  })
  const written = readFileSync(join(root, 'docs/commands.md'), 'utf8')
  t.true(written === text, 'docs/commands.md is not what the program says; run: npm run docs')
})

test('every command and every flag that the README and docs/ call is there', async t => {
  const commands = await everyCommand()
  const allFlags = new Set(['--help', '--version', ...commands.flatMap(flagsOf)])
  const calls = codeOfDocs().flatMap(piece => callsIn(piece, commands))
  t.true(calls.length > 20)
  const unknown = [
    ...calls.flatMap(({ piece, path, flags }) => {
      const known = commands.find(one => one.path === path)
      if (known === undefined) return path === 'help' ? [] : [`${piece.file}: caseload ${path}`]
      const inner = commands.filter(one => one.path === path || one.path.startsWith(`${path} `)).flatMap(flagsOf)
      return flags
        .filter(flag => flag !== '--help' && !inner.includes(flag))
        .map(flag => `${piece.file}: caseload ${path} ${flag}`)
    }),
    ...codeOfDocs().flatMap(({ file, text }) => {
      const [flag] = /^--[a-z][a-z-]*/.exec(text) ?? []
      return flag === undefined || allFlags.has(flag) ? [] : [`${file}: ${flag}`]
    }),
  ]
  t.is(unknown.length, 0, `in the documentation, and nowhere else:\n${unknown.join('\n')}`)
})

test('every variable that is no flag is in the README or in docs/, and every variable there is one', async t => {
  const commands = await everyCommand()
  const text = codeOfDocs()
    .map(piece => piece.text)
    .join('\n')
  const documented = new Set([...text.matchAll(/\bCASELOAD_[A-Z][A-Z_]*[A-Z]\b/g)].map(String))
  const variables = new Set(
    commands.flatMap(({ path, command }) =>
      command.options.filter(option => hasVariable(option, path)).map(option => variableOf(option, path)),
    ),
  )
  const readIn = (...folders: readonly string[]): ReadonlySet<string> =>
    new Set(variablesReadByName(...folders).map(one => one.variable))
  // Of a secret, a file and a command are read, too.
  const secrets = secretNames.flatMap(name => [`${name}_FILE`, `${name}_COMMAND`])
  const read = new Set([...readIn('pipelines', 'scripts', 'test', 'bench'), ...secrets])
  t.deepEqual(
    {
      undocumented: [...readIn('pipelines')].filter(one => !variables.has(one) && !documented.has(one)),
      readNowhere: [...documented].filter(one => !variables.has(one) && !read.has(one)),
    },
    { undocumented: [], readNowhere: [] },
  )
})
