# Completion of fusion-play for fish:
#
#     fusion-play completion fish > ~/.config/fish/completions/fusion-play.fish

function __fusion_play_complete
    set -l before (commandline --tokenize --cut-at-cursor --current-process)
    set -l current (commandline --cut-at-cursor --current-token)
    # Inside of open quotes it cannot be unescaped.
    set -l typed (string unescape -- $current; or string replace --regex '^["\']' '' -- $current)
    set -l lines (command $before[1] completion words -- $before[2..-1] "$typed" 2>/dev/null)
    set -l kind $lines[1]
    set -l fixed $lines[2]
    set -l endings (string split --no-empty ' ' -- $lines[3])
    set --erase lines[1..3]
    string join \n -- $lines

    if test "$kind" = paths
        set -l path_typed (string sub --start (math 1 + (string length -- "$fixed")) -- "$typed")
        # Up to fish 3.1 this lists with ls, and says on the terminal that nothing matches.
        set -l matching "$path_typed"*
        if test (count $matching) -eq 0; and functions __fish_complete_path | string match --quiet '*command ls*'
            return
        end
        for line in (__fish_complete_path "$path_typed")
            set -l path (string split --max 1 \t -- $line)[1]
            if string match --quiet '*/' -- $path
                or test (count $endings) -eq 0
                or contains (string match --regex '\.[^.]*$' -- $path) $endings
                echo $fixed$line
            end
        end
    end
end

complete --command fusion-play --no-files --arguments '(__fusion_play_complete)'
