#compdef fusion-play
# Completion of fusion-play for zsh. In ~/.zshrc, after compinit:
#
#     source <(fusion-play completion zsh)

_fusion_play() {
    local program=${(Q)words[1]} line name meaning
    local -a before lines offered endings options
    if [[ $program == '~/'* ]]; then program=$HOME/${program#'~/'}; fi
    if ((CURRENT > 2)); then before=("${(@Q)words[2,CURRENT-1]}"); fi
    lines=("${(@f)$("$program" completion words -- "${before[@]}" "${(Q)PREFIX}" 2>/dev/null)}")

    options=(-S '')
    for line in "${(@)lines[4,-1]}"; do
        name=${line%%$'\t'*}
        meaning=${line#*$'\t'}
        if [[ $name != *= ]]; then options=(); fi
        offered+=("${name//:/\\:}${meaning:+:$meaning}")
    done
    if (($#offered)); then _describe -t words fusion-play offered "${options[@]}"; fi

    if [[ $lines[1] == paths ]]; then
        compset -P "${(b)lines[2]}"
        endings=(${=lines[3]})
        if (($#endings)); then
            _files -g "*(${(j:|:)endings})(-.)"
        else
            _files
        fi
    fi
}

# It may be sourced, or stand in a folder of fpath.
if [[ $funcstack[1] == _fusion_play ]]; then
    _fusion_play "$@"
else
    compdef _fusion_play fusion-play
fi
