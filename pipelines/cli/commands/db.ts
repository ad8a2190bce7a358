import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { caseloadHome, realPath } from '../../embedded/home.ts'
import { bytesIn, folderOf, knownServers } from '../../embedded/known-servers.ts'
import { findServerPaths, type ServerPaths } from '../../embedded/paths.ts'
import { openServerPort, serverUrl } from '../../embedded/port.ts'
import { partsOf, removeServer, requireStopped } from '../../embedded/remove-server.ts'
import { ensureServer, serverStatus, stopServer, type ServerStatus, type StartOptions } from '../../embedded/server.ts'
import { size } from '../../operate/doctor/finding.ts'
import { UsageError } from '../../platform/errors.ts'
import { textTable } from '../../platform/text-table.ts'
import { configuredUrl } from '../../source/resolve-settings.ts'
import { printJson } from './print-json.ts'

/** `caseload db`: the embedded server, whatever DATABASE_URL says. */
export function dbCommand(): Command {
  return new Command('db')
    .description('start, stop, inspect and remove the embedded PostgreSQL')
    .addHelpText('after', '\nExamples:\n  caseload db status\n  caseload db start --port 5433\n  caseload db list')
    .addCommand(startCommand())
    .addCommand(stopCommand())
    .addCommand(statusCommand())
    .addCommand(urlCommand())
    .addCommand(listCommand())
    .addCommand(removeCommand())
}

function startCommand(): Command {
  return new Command('start')
    .description('start the server, unless it runs already')
    .option(
      '--port <number>',
      'also listen on this port of 127.0.0.1, with a password, until the server stops; a restart waits for running batches',
      portNumber,
    )
    .addHelpText(
      'after',
      `
Examples:
  caseload db start                listen on a private socket only
  caseload db start --port 5433    also for a BI tool on this machine; \`caseload db url\` prints the address`,
    )
    .action(async (flags: { port?: number }) => {
      const options = serverOptions()
      if (flags.port === undefined) {
        const server = await ensureServer(options)
        print(server.startedHere ? 'The server is started.' : `The server runs${portText(server.port)}.`)
        return
      }
      const onWaiting = (batches: readonly string[]): void => {
        process.stderr.write(`Waiting to restart the server until these batches are loaded: ${batches.join(', ')}.\n`)
      }
      const server = await openServerPort({ ...options, port: flags.port, onWaiting })
      const how = server.restarted
        ? 'was restarted to listen'
        : server.startedHere
          ? 'is started and listens'
          : 'listens'
      print(`The server ${how} on 127.0.0.1:${flags.port}; \`caseload db url\` prints the address with the password.`)
    })
}

function stopCommand(): Command {
  return new Command('stop')
    .description('stop the server; the next start opens no port unless --port is given')
    .addHelpText('after', '\nExample:\n  caseload db stop')
    .action(async () => {
      print((await stopServer(serverOptions())) ? 'The server is stopped.' : 'The server does not run.')
    })
}

function statusCommand(): Command {
  return new Command('status')
    .description('show whether the server runs, and where its data is')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExamples:\n  caseload db status\n  caseload db status --json')
    .action(async (flags: { json?: boolean }) => {
      const status = await serverStatus(serverOptions())
      print(flags.json === true ? JSON.stringify(nullable(status), null, 2) : statusText(status))
    })
}

function urlCommand(): Command {
  return new Command('url')
    .description('print the address of the running server, with the password if a port is open')
    .addHelpText('after', '\nExample:\n  psql "$(caseload db url)"')
    .action(async () => {
      const url = await serverUrl(serverOptions())
      if (url === undefined)
        throw new UsageError('The embedded server does not run. Start it with `caseload db start`.')
      const other = (process.env['DATABASE_URL'] ?? '') !== '' ? 'DATABASE_URL is set' : ''
      const named = configuredUrl(process.env, process.cwd()) === undefined ? '' : 'The project names a database'
      if (other !== '' || named !== '') {
        process.stderr.write(
          `${other || named}, so other commands use that database; this URL is of the embedded server.\n`,
        )
      }
      print(url)
    })
}

function listCommand(): Command {
  return new Command('list')
    .description('list all embedded databases of this user: their folders and sizes, and whether they run')
    .option('--json', 'print one JSON array')
    .addHelpText('after', '\nExamples:\n  caseload db list\n  caseload db list --json')
    .action(async (flags: { json?: boolean }) => {
      const servers = await knownServers(process.env)
      if (flags.json === true) {
        printJson(
          servers.map(({ folder, running, version, data, paths }) => ({
            folder,
            running,
            version,
            bytes: bytesIn(paths.root),
            data,
          })),
        )
        return
      }
      if (servers.length === 0) {
        print('This user has no embedded database.')
        return
      }
      const rows = servers.map(one => [
        one.folder,
        existsSync(one.folder)
          ? one.running
            ? 'running'
            : 'stopped'
          : `${one.running ? 'running' : 'stopped'}, folder gone`,
        size(bytesIn(one.paths.root)),
        one.data,
      ])
      process.stdout.write(textTable(['folder', 'state', 'size', 'data'], rows))
    })
}

function removeCommand(): Command {
  return new Command('remove')
    .description('remove the embedded database of a folder, with all its rows; refuses while its server runs')
    .argument('[folder]', 'a folder of caseload db list (default: that of this folder)')
    .option('--yes', 'remove it; without this flag the command prints what would go')
    .addHelpText('after', '\nExamples:\n  caseload db remove\n  caseload db remove ~/old-project --yes')
    .action(async (folder: string | undefined, flags: { yes?: boolean }) => {
      const paths = await pathsOf(folder)
      await requireStopped(paths)
      const lines = partsOf(paths).map(part => `  ${part}`)
      if (flags.yes !== true) {
        print(['This would go:', ...lines].join('\n'))
        throw new UsageError(
          `Nothing was removed. To remove the database of ${folderOf(paths.home)} for good, call this again with --yes.`,
        )
      }
      await removeServer(paths)
      print([`Removed the database of ${folderOf(paths.home)}:`, ...lines].join('\n'))
    })
}

/** @throws UsageError if the folder has no database */
async function pathsOf(folder: string | undefined): Promise<ServerPaths> {
  const { env } = process
  const named = folder === undefined ? undefined : realPath(resolve(folder))
  const homes = named === undefined ? [caseloadHome(env, process.cwd())] : [named, join(named, '.caseload')]
  // A folder that is gone still has its database, if root made it.
  const known = (await knownServers(env)).find(({ paths }) => homes.includes(paths.home))?.paths
  const found = known ?? homes.map(findServerPaths).find(paths => existsSync(paths.data))
  if (found !== undefined) return found
  throw new UsageError(
    `Expected a folder with an embedded database, found none for ${named ?? folderOf(homes[0] ?? '')}. caseload db list shows all.`,
  )
}

function serverOptions(): StartOptions {
  return {
    home: caseloadHome(process.env, process.cwd()),
    onNewDatabase: ({ home, data }) =>
      process.stderr.write(`Made a new embedded PostgreSQL for ${home}, with an empty database in ${data}.\n`),
  }
}

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (port < 1024 || port > 65535) throw new InvalidArgumentError('A port is a whole number from 1024 to 65535.')
  return port
}

function portText(port: number | undefined): string {
  return port === undefined ? '' : ` and listens on 127.0.0.1:${port}`
}

/** JSON omits undefined values; a reader of the object should find every key. */
function nullable(status: ServerStatus): Record<string, unknown> {
  return Object.fromEntries(Object.entries(status).map(([name, value]: [string, unknown]) => [name, value ?? null]))
}

function statusText(status: ServerStatus): string {
  const lines: [string, string | undefined][] = [
    ['server', status.running ? `runs${portText(status.port)} (process ${status.pid ?? 'unknown'})` : 'does not run'],
    ['version', status.version === undefined ? 'no data folder yet' : `PostgreSQL ${status.version}`],
    ['url', status.url],
    ['data', status.dataFolder],
    ['log', status.log],
  ]
  return lines.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(9)}${value}`])).join('\n')
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
