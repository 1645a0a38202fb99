/** The commands of `completion`: scripts that ask `pack __complete` and follow its directive. */
import type { Command } from '../command.ts';
import { bool } from '../flags/common.ts';

const scripts = {
  bash: (ask: string) => `# bash completion for pack
_pack() {
  local words=("\${COMP_WORDS[@]:1:COMP_CWORD}") cur="\${COMP_WORDS[COMP_CWORD]}"
  # COMP_WORDBREAKS parts --flag=value in three; it is asked for as one.
  if [[ "\${COMP_WORDS[COMP_CWORD - 1]}" == "=" ]]; then
    words=("\${COMP_WORDS[@]:1:COMP_CWORD-3}" "\${COMP_WORDS[COMP_CWORD - 2]}=$cur")
  elif [[ "$cur" == "=" ]]; then
    cur=""
    words=("\${COMP_WORDS[@]:1:COMP_CWORD-2}" "\${COMP_WORDS[COMP_CWORD - 1]}=")
  fi
  local answer line directive=0
  answer=$("\${COMP_WORDS[0]}" ${ask} "\${words[@]}" 2>/dev/null) || return
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ "$line" =~ ^:([0-9]+)$ ]]; then
      directive=\${BASH_REMATCH[1]}
    elif [[ "$line" != _activeHelp_* ]]; then
      COMPREPLY+=("\${line%%$'\\t'*}")
    fi
  done <<<"$answer"
  if ((directive & 2)); then compopt -o nospace; fi
  if ((\${#COMPREPLY[@]} == 0)) && ! ((directive & 4)); then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  fi
}
complete -F _pack pack
`,
  zsh: (ask: string) => `#compdef pack
_pack() {
  local -a answer described
  local line directive=0
  answer=("\${(@f)$(\${words[1]} ${ask} "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in $answer; do
    if [[ $line == :<-> ]]; then
      directive=\${line#:}
    elif [[ -n $line && $line != _activeHelp_* ]]; then
      described+=("\${\${line%%$'\\t'*}//:/\\\\:}\${\${(M)line#*$'\\t'}:+:\${line#*$'\\t'}}")
    fi
  done
  local -a options
  ((directive & 2)) && options=(-S '')
  if ((\${#described})); then
    _describe pack described $options
  elif ! ((directive & 4)); then
    _files
  fi
}
if [[ $funcstack[1] == _pack ]]; then _pack "$@"; else compdef _pack pack; fi
`,
  fish: (ask: string) => `# fish completion for pack
function __pack_ask
    set -l words (commandline -opc) (commandline -ct)
    set -g __pack_answer ($words[1] ${ask} $words[2..-1] 2>/dev/null)
    set -g __pack_directive (string replace -r '^:' '' -- $__pack_answer[-1])
    string match -v -r '^(:[0-9]+$|_activeHelp_)' -- $__pack_answer
end
function __pack_wants_files
    __pack_ask >/dev/null
    test (count $__pack_answer) -le 1; and test (math "bitand($__pack_directive, 4)") -eq 0
end
complete -c pack -e
complete -c pack -n __pack_wants_files -F
complete -c pack -n 'not __pack_wants_files' -f -a '(__pack_ask)'
`,
  powershell: (ask: string) => `# PowerShell completion for pack
Register-ArgumentCompleter -Native -CommandName 'pack' -ScriptBlock {
    param($word, $ast, $cursor)
    $words = @($ast.CommandElements | Where-Object { $_.Extent.StartOffset -lt $cursor } | ForEach-Object { $_.ToString() })
    $program = $words[0]
    $rest = @($words | Select-Object -Skip 1)
    if ($word -eq '') { $rest += '""' }
    $answer = @(& $program ${ask} @rest 2>$null)
    $directive = [int]($answer[-1] -replace '^:', '')
    $space = if ($directive -band 2) { '' } else { ' ' }
    $answer | Select-Object -SkipLast 1 | ForEach-Object {
        $name, $meaning = $_ -split "\`t", 2
        if (-not $meaning) { $meaning = $name }
        [System.Management.Automation.CompletionResult]::new($name + $space, $name, 'ParameterValue', $meaning)
    }
}
`,
} as const;

const howTo: Record<keyof typeof scripts, string> = {
  bash: 'For this shell: source <(pack completion bash)\nFor every shell: pack completion bash > ~/.local/share/bash-completion/completions/pack',
  zsh: 'For this shell: source <(pack completion zsh)\nFor every shell: pack completion zsh > "${fpath[1]}/_pack"',
  fish: 'For this shell: pack completion fish | source\nFor every shell: pack completion fish > ~/.config/fish/completions/pack.fish',
  powershell:
    'For this shell: pack completion powershell | Out-String | Invoke-Expression\nFor every shell: add its output to your profile',
};

export const completionCommand = (shell: keyof typeof scripts): Command => ({
  usage: `completion ${shell} [flags]`,
  description: `Prints the script that completes commands, flags and charts in ${shell}.\n\n${howTo[shell]}`,
  args: [0, 0],
  flags: { 'no-descriptions': bool('leave the meanings of words out') },
  async run(given, io) {
    io.stdout(scripts[shell](given.bool('no-descriptions') ? '__completeNoDesc' : '__complete'));
  },
});
