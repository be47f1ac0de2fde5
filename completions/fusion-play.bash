# Completion of fusion-play for bash 3.2 and newer. In ~/.bashrc:
#
#     source <(fusion-play completion bash)

_fusion_play() {
    local rest=${COMP_LINE:0:COMP_POINT} trimmed word='' last quote='' keep i n=-1
    local kind='' fixed='' endings='' line
    local -a words
    words=()
    COMPREPLY=()

    # A word that holds = or : comes in parts, which stand side by side in the line.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        trimmed=${rest#"${rest%%[![:space:]]*}"}
        if ((i == 0)) || [[ $trimmed != "$rest" ]]; then words[++n]=''; fi
        word=${COMP_WORDS[i]}
        if ((i == COMP_CWORD)); then word=$trimmed; fi
        words[n]+=$word
        rest=${trimmed#"$word"}
    done
    last=${word//\\/}

    for ((i = 0; i <= n; i++)); do
        word=${words[i]}
        quote=''
        case $word in
        [\"\']*)
            quote=${word:0:1}
            word=${word:1}
            word=${word%"$quote"}
            ;;
        *)
            word=${word//\\/}
            ;;
        esac
        words[i]=$word
    done

    # The start of the word that bash will not replace. An @ is a part of its own, and is replaced all the same.
    if [[ -n $quote ]]; then
        keep=''
    elif [[ -z ${last//[=:@]/} ]]; then
        keep=${word%@}
    else
        keep=${word%"$last"}
        keep=${keep%@}
    fi

    {
        IFS= read -r kind
        IFS= read -r fixed
        IFS= read -r endings
        while IFS= read -r line; do
            _fusion_play_reply "${line%%$'\t'*}"
        done
    } < <("${words[0]/#\~\//$HOME/}" completion words -- "${words[@]:1}" 2>/dev/null)

    if [[ $kind == paths ]]; then
        while IFS= read -r line; do
            if [[ -d ${line/#\~\//$HOME/} ]]; then
                _fusion_play_reply "$fixed$line/"
            elif _fusion_play_has_ending "$line"; then
                _fusion_play_reply "$fixed$line"
            fi
        done < <(compgen -f -- "${word#"$fixed"}")
    fi
    if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == *[=/] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}

# Offers a word: its end, quoted as what is typed of it.
_fusion_play_reply() {
    local reply=${1#"$keep"}
    if [[ -z $quote ]]; then
        printf -v reply %q "$reply"
        reply=${reply/#\\\~\//\~/}
    fi
    COMPREPLY+=("$reply")
}

_fusion_play_has_ending() {
    local ending
    if [[ -z $endings ]]; then return 0; fi
    for ending in $endings; do
        if [[ $1 == *"$ending" ]]; then return 0; fi
    done
    return 1
}

complete -F _fusion_play fusion-play
