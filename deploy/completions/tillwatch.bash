# bash completion for tillwatch: commands and options are what its own --help says.
_tillwatch() {
  local cur prev words cword
  _init_completion -n = || return
  local command=() word help
  for word in "${words[@]:1:cword-1}"; do
    case $word in
      -*) ;;
      *[!a-z_-]*) ;;
      *) [[ " $(_tillwatch_commands "${command[@]}") " == *" $word "* ]] && command+=("$word") ;;
    esac
  done
  case $prev in
    --config.file | --control.socket) _filedir; return ;;
    --config.platforms) _filedir -d; return ;;
    --log.level) COMPREPLY=($(compgen -W "debug info warn error" -- "$cur")); return ;;
    --log.format) COMPREPLY=($(compgen -W "logfmt json" -- "$cur")); return ;;
    --format) COMPREPLY=($(compgen -W "text json junit" -- "$cur")); return ;;
  esac
  if [[ $cur == -* ]]; then
    help=$(tillwatch "${command[@]}" --help 2>/dev/null | grep -oE '^  (-h,)?--[a-z.-]+' | grep -oE -- '--[a-z.-]+')
    COMPREPLY=($(compgen -W "$help" -- "$cur"))
  elif [[ ${command[*]} == "platforms show" ]]; then
    COMPREPLY=($(compgen -W "$(tillwatch platforms 2>/dev/null | grep -oE '^[a-z0-9-]+')" -- "$cur"))
  else
    COMPREPLY=($(compgen -W "$(_tillwatch_commands "${command[@]}")" -- "$cur"))
  fi
}

_tillwatch_commands() {
  echo $(tillwatch "$@" --help 2>/dev/null | sed -n '/^Subcommands:/,/^$/s/^  \([a-z_-]*\) .*/\1/p')
}

complete -F _tillwatch tillwatch
