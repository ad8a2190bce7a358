/** Shells with a completion script. */
export const shells = ['bash', 'zsh'] as const
export type Shell = (typeof shells)[number]

const header = (shell: Shell): string => `# Completes caseload in ${shell}, by calling caseload __complete.`

/*
 * Both call `caseload __complete <words...>`, which prints one word a line, a tab and its description, or `:files` or
 * `:folders` where the shell is to add names. The program is called as it was typed, so one that is not on the PATH completes,
 * too.
 */

const bash = `${header('bash')}
_caseload() {
  local current="\${COMP_WORDS[COMP_CWORD]}" line
  [ "$current" = '=' ] && current=
  COMPREPLY=()
  while IFS= read -r line; do
    case "$line" in
      :files | :folders)
        local kind=-f name
        [ "$line" = :folders ] && kind=-d
        compopt -o filenames 2>/dev/null
        while IFS= read -r name; do COMPREPLY+=("$name"); done < <(compgen "$kind" -- "$current")
        ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <("\${COMP_WORDS[0]/#\\~/$HOME}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _caseload caseload
`

const zsh = `#compdef caseload
${header('zsh')}
_caseload() {
  local line
  local -a lines found
  lines=("\${(@f)$("\${words[1]/#\\~/$HOME}" __complete "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "\${lines[@]}"; do
    case $line in
      '') ;;
      :files) compset -P '--*='; _files; return ;;
      :folders) compset -P '--*='; _files -/; return ;;
      *$'\\t'*) found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
      *) found+=("\${line//:/\\\\:}") ;;
    esac
  done
  _describe -V caseload found
}
if [ "\${funcstack[1]}" = _caseload ]; then _caseload "$@"; else compdef _caseload caseload; fi
`

/** The script that a shell sources to complete `caseload`. */
export function completionScript(shell: Shell): string {
  return shell === 'bash' ? bash : zsh
}
