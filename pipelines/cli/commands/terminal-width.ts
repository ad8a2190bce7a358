/** The columns of the terminal that a command prints to; undefined for a pipe or a file, where no line is wrapped. */
export function terminalWidth(output: NodeJS.WriteStream = process.stdout): number | undefined {
  return output.isTTY && output.columns > 0 ? output.columns : undefined
}
