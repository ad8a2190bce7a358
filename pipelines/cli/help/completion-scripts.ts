/** Shells that commands can be completed in. */
export const shells = ['bash', 'zsh'] as const
export type Shell = (typeof shells)[number]

const about = (shell: Shell): string => `# Completes caseload in ${shell}. It asks the command itself what may follow.`

/*
 * Both call `caseload __complete <words...>`, which answers one word a line, a tab and what it is about, or `:files` or
 * `:folders` for names that the shell knows best. The program is called as it was typed, so that one which is not on the
 * PATH completes too.
 */

const bash = `${about('bash')}
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
${about('zsh')}
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

/** The script that a shell reads to complete `caseload`. */
export function completionScript(shell: Shell): string {
  return shell === 'bash' ? bash : zsh
}
