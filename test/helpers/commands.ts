import type { Command } from 'commander'
import { allCommands } from '../../pipelines/cli/cli.ts'

/** One command or subcommand, with the words it is called by. */
export interface NamedCommand {
  /** Such as `quarantine ls`. */
  readonly path: string
  readonly command: Command
}

/** Every command and subcommand there is. */
export async function everyCommand(): Promise<readonly NamedCommand[]> {
  const walk = (command: Command, path: string): readonly NamedCommand[] => [
    { path, command },
    ...command.commands.flatMap(inner => walk(inner, `${path} ${inner.name()}`)),
  ]
  return (await allCommands()).commands.flatMap(command => walk(command, command.name()))
}

/** What `--help` of a command prints. */
export function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: part => (text += part) })
  command.outputHelp()
  return text
}
