import { Argument, Command } from 'commander'
import { completionScript, type Shell, shells } from '../help/completion-scripts.ts'

/** `caseload completion bash | zsh` */
export function completionCommand(): Command {
  return new Command('completion')
    .description(
      'Print a script that lets the shell complete commands, flags, sources and landed days. Completion opens no database.',
    )
    .addArgument(new Argument('<shell>', 'the shell that sources the script').choices(shells))
    .addHelpText(
      'after',
      `
Examples:
  caseload completion bash                                  print the script
  echo 'source <(caseload completion bash)' >> ~/.bashrc    set up bash
  caseload completion zsh > ~/.zfunc/_caseload              set up zsh; the folder must be in $fpath: add
                                                            fpath+=(~/.zfunc) to ~/.zshrc before compinit

It completes the command caseload, with or without a path.`,
    )
    .action((shell: Shell) => {
      process.stdout.write(completionScript(shell))
    })
}
