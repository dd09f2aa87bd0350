# A release on trial: who asks for it, and who judges. Sourced by release.sh.

# refuse NAME WHY: it is not tried again before a person asks for it.
refuse() {
    printf '%s\n%s\n' "$1" "$2" >"$opt/refused.new"
    mv "$opt/refused.new" "$opt/refused"
    to_disk
}

# fail_if_refused NAME: without a trial, which would trouble the pumps at each run of apt.
fail_if_refused() {
    [ -f "$opt/refused" ] || return 0
    { read -r refused && read -r why; } <"$opt/refused"
    [ "$refused" != "$1" ] \
        || fail "release $1 was refused before: $why. The one before it runs. To try it once more: sudo sh /usr/lib/takar/release.sh retry"
}

# try_release NAME: it runs from now on, or the one before does and this fails. A unit judges:
# whoever asks may be killed or lose its terminal, and the trial ends all the same.
try_release() {
    before=$(readlink "$opt/current" || true)
    if [ -z "$before" ] || ! boots_systemd; then
        switch_to "releases/$1"
        [ -z "$before" ] || point previous "$before"
        ! boots_systemd || start_enabled
        return 0
    fi
    rm -f "$verdict"
    printf '%s\n%s\n' "$1" "$trial_s" >"$under_way"
    say "release $1 is on trial for a minute ..."
    systemctl daemon-reload
    systemctl start "$judge_unit" 2>/dev/null \
        || fail "$(cat "$verdict" 2>/dev/null || echo "release $1 could not be tried. See: journalctl -u $judge_unit")"
}

is_judging() {
    case $(systemctl show --property=ActiveState --value "$judge_unit") in
        activating | deactivating) ;;
        *) return 1 ;;
    esac
}

# A trial asked for by an installation that died has its minute.
await_judge() {
    if boots_systemd && is_judging; then
        say "another release is on trial; waiting for its end ..."
        while is_judging; do sleep 1; done
    fi
    abandon
}

# judge: the trial, as takar-judge.service.
judge() {
    { read -r name && read -r trial_s; } <"$under_way"
    abandon
    before=$(readlink "$opt/current")
    judged=$(running)
    others=$(failing)
    served_before=$(in_service)
    printf '%s\n' "$judged" "$others" >"$ran"
    printf '%s\n%s\n' "$name" "$trial_s" >"$under_way"
    point trial "$before"
    switch_to "releases/$name"
    # shellcheck disable=SC2086 # names of units hold no spaces
    start_anew $judged $others
    # shellcheck disable=SC2086
    if [ -z "$judged" ] || serves_a_minute $judged; then
        point previous "$before"
        rm -f "$opt/refused"
        end_trial
        return 0
    fi
    refuse "$name" "$why"
    return_to_before
    # shellcheck disable=SC2086
    runs_again $judged || now="is there again, but $now"
    printf '%s\n' "release $name was not healthy: $why. ${before#releases/} $now. No record was taken back. See: journalctl -u 'takar-*' --since -5min" >"$verdict"
    fail "$(cat "$verdict")"
}

# return_to_before: the trial lasts until that runs, so that whoever is cut off here is followed.
return_to_before() {
    switch_to "$(readlink "$opt/trial")"
    # shellcheck disable=SC2046
    ! boots_systemd || start_anew $(cat "$ran" 2>/dev/null || true) || true
    end_trial
}

# abandon: a trial that nobody judges any more ends in the release before it.
abandon() {
    [ -L "$opt/trial" ] || return 0
    left=$(readlink "$opt/current")
    before=$(readlink "$opt/trial")
    return_to_before
    echo "the trial of ${left#releases/} was cut off; ${before#releases/} runs again." >"$verdict"
    say "$(cat "$verdict")"
}
