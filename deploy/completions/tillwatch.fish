# fish completion for tillwatch: commands and options are what its own --help says.
function __tillwatch_commands
    tillwatch $argv --help 2>/dev/null | sed -n '/^Subcommands:/,/^$/s/^  \([a-z_-]*\)  *\(.*\)/\1\t\2/p'
end

function __tillwatch_command
    set -l command
    for word in (commandline -opc)[2..-1]
        string match -q -- '-*' $word; and continue
        __tillwatch_commands $command | string match -qr "^$word\t"; and set -a command $word
    end
    string join \n -- $command
end

function __tillwatch_words
    set -l command (__tillwatch_command)
    if test "$command" = "platforms show"
        tillwatch platforms 2>/dev/null | grep -oE '^[a-z0-9-]+'
    else
        __tillwatch_commands $command
    end
    tillwatch $command --help 2>/dev/null | grep -oE '^  (-h,)?--[a-z.-]+' | grep -oE -- '--[a-z.-]+'
end

function __tillwatch_after
    contains -- (commandline -opc)[-1] $argv
end

complete -c tillwatch -f
complete -c tillwatch -n '__tillwatch_after --config.file --control.socket --config.platforms' -F
complete -c tillwatch -n '__tillwatch_after --log.level' -a 'debug info warn error'
complete -c tillwatch -n '__tillwatch_after --log.format' -a 'logfmt json'
complete -c tillwatch -n '__tillwatch_after --format' -a 'text json junit'
complete -c tillwatch -n 'not __tillwatch_after --config.file --control.socket --config.platforms --log.level --log.format --format' -a '(__tillwatch_words)'
