import { Argument, Command } from 'commander'
import { completionScript, type Shell, shells } from '../help/completion-scripts.ts'

/** `caseload completion bash | zsh` */
export function completionCommand(): Command {
  return new Command('completion')
    .description(
      'Print a script with which the shell completes commands, flags, sources and the days that have landed. It asks ' +
        'no database.',
    )
    .addArgument(new Argument('<shell>', 'the shell that reads it').choices(shells))
    .addHelpText(
      'after',
      `
Examples:
  caseload completion bash                                  look at it
  echo 'source <(caseload completion bash)' >> ~/.bashrc    for every bash that is opened from now on
  caseload completion zsh > ~/.zfunc/_caseload              for zsh, into a folder of $fpath; if there is none yet,
                                                            fpath+=(~/.zfunc) in ~/.zshrc before compinit

It works for the word caseload, also with a path before it.`,
    )
    .action((shell: Shell) => {
      process.stdout.write(completionScript(shell))
    })
}
