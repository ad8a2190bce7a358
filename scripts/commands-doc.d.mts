import type { Command, Option } from 'commander'

/** What docs/commands.md is generated from. */
export interface CommandsDocOptions {
  /** The program with every command loaded. */
  readonly program: Command
  /** The flags of every command that uses the database or the landing root. */
  readonly commonFlags: readonly Option[]
  /** The other flags of every command that runs batches. */
  readonly batchFlags: readonly Option[]
  /** Flags that no variable sets. */
  readonly onlyOnTheCommandLine: readonly string[]
  readonly hasVariable: (option: Option, path: string) => boolean
  readonly variableOf: (option: Option, path: string) => string
  readonly exitCodes: readonly { readonly code: number; readonly meaning: string }[]
  /** The meaning of each state of a batch. */
  readonly batchStates: Readonly<Record<string, string>>
}

/** The text of docs/commands.md, as prettier writes it. */
export function commandsDoc(options: CommandsDocOptions): Promise<string>
