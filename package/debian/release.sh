# Releases of Takar beside each other, and which one runs. Sourced by the package's scripts;
# `sh release.sh boot` is takar-trial.service, `sh release.sh back` a person's way back.
#
# /opt/takar/releases/NAME  code, units and .venv; never changed once the file `whole` is there
# /opt/takar/current        link to the one that runs, changed by one rename
# /opt/takar/previous       link to the one that ran before it
# /opt/takar/trial          link to the one to go back to, while the current one is on trial
#
# Units are copied to where systemd looks (it would enable a link by the path behind it).
#
# A power cut leaves one whole release at any moment: either nothing was changed yet, or `trial`
# says at the next boot where to go back to. State (/var/lib/takar) is never taken back:
# what was sold during the trial was sold.
set -eu

payload=${TAKAR_ROOT:-}/usr/lib/takar
opt=${TAKAR_ROOT:-}/opt/takar
under_way=${TAKAR_ROOT:-}/run/takar-trial
status_socket=${TAKAR_ROOT:-}/run/takar/gateway.sock
units=${TAKAR_ROOT:-}/usr/lib/systemd/system
needed_kib=400000
trial_s=${TAKAR_TRIAL_S:-60}

# say, fail, set_up
. "$payload/code/scripts/set_up.sh"

boots_systemd() { [ -d "${TAKAR_ROOT:-}/run/systemd/system" ]; }

# What was renamed or written must be on the disk before the next step relies on it.
to_disk() { sync -f "$opt"; }

# point NAME TARGET: the link NAME leads to TARGET from now on; never to nothing in between.
point() {
    rm -f "$opt/$1.new"
    ln -s "$2" "$opt/$1.new"
    mv -T "$opt/$1.new" "$opt/$1"
    to_disk
}

# switch_to TARGET: code and units, for all that starts from now on.
switch_to() {
    point current "$1"
    for unit in "$units"/takar-*; do
        [ "${unit##*/}" = takar-trial.service ] || [ -e "$opt/$1/systemd/${unit##*/}" ] || rm -f "$unit"
    done
    for unit in "$opt/$1"/systemd/takar-*.*; do
        cp "$unit" "$units/.new"
        mv "$units/.new" "$units/${unit##*/}"
    done
    sync -f "$units"
}

end_trial() {
    rm -f "$opt/trial"
    to_disk
    rm -f "$under_way"
}

# make_release NAME: in its folder, from what the package brought. Nothing is downloaded.
make_release() {
    folder=$opt/releases/$1
    [ ! -f "$folder/whole" ] || return 0
    free_kib=$(($(stat --file-system --format="%a * %S / 1024" "$opt")))
    [ "$free_kib" -ge "$needed_kib" ] \
        || fail "$((free_kib / 1000)) MB are free on the disk of $opt, a release needs $((needed_kib / 1000)) MB. Make room, then run: dpkg --configure takar"
    rm -rf "$folder"
    mkdir -p "$folder"
    cp -r "$payload/code/." "$folder"
    (
        export TAKAR_OFFLINE=1 PIP_NO_INDEX=1 PIP_FIND_LINKS="$payload/wheels"
        set_up "$folder" run
    )
    # Nobody who runs it may write there.
    "$folder/.venv/bin/python" -m compileall -q -x '/[.]venv/' "$folder" >&2
    to_disk
    : >"$folder/whole"
    to_disk
}

# The units of ours that run and are not done with one job.
running() {
    systemctl list-units --plain --no-legend --state=active 'takar-*.service' \
        | while read -r unit _; do
            [ "$(systemctl show --property=Type --value "$unit")" = oneshot ] || echo "$unit"
        done
}

# Those that should run, and failed or wait for their next start.
failing() {
    systemctl list-units --plain --no-legend --state=failed,activating 'takar-*.service' \
        | while read -r unit _; do
            [ "$(systemctl show --property=Type --value "$unit")" = oneshot ] || echo "$unit"
        done
}

in_service() { python3 -I "$payload/in_service.py" "$status_socket" || true; }

# After a first installation there are none; after a removal those that were there before it.
start_enabled() {
    systemctl daemon-reload
    systemctl list-unit-files --no-legend --state=enabled 'takar-*' \
        | while read -r unit _; do systemctl start --no-block "$unit"; done
}

# start_anew UNIT...: with the units of the current release.
start_anew() {
    systemctl daemon-reload
    [ $# = 0 ] || {
        systemctl reset-failed "$@" 2>/dev/null || true
        systemctl restart --no-block "$@"
    }
}

# wrong_with UNIT...: prints which of them failed or was started again by systemd.
wrong_with() {
    for unit; do
        state=$(systemctl show --property=ActiveState --value "$unit")
        restarts=$(systemctl show --property=NRestarts --value "$unit")
        if [ "$state" = failed ] || [ "$restarts" != 0 ]; then
            result=$(systemctl show --property=Result --value "$unit")
            printf '%s ended (%s)' "$unit" "$result"
            return
        fi
    done
}

# not_active UNIT...: prints which of them does not run.
not_active() {
    for unit; do
        state=$(systemctl show --property=ActiveState --value "$unit")
        [ "$state" = active ] || {
            printf '%s is %s' "$unit" "$state"
            return
        }
    done
}

# not_served: prints what of $served_before is not in service any more.
not_served() {
    served=$(in_service)
    printf '%s\n' "$served_before" | while read -r part; do
        printf '%s\n' "$served" | grep -qxF "$part" || {
            printf '%s is out of service' "$part"
            break
        }
    done
}

# serves_a_minute UNIT...: sets $why where they do not.
serves_a_minute() {
    second=0
    while [ "$second" -lt "$trial_s" ]; do
        sleep 1
        second=$((second + 1))
        why=$(wrong_with "$@")
        [ -z "$why" ] || return 1
    done
    why=$(not_active "$@")
    [ -n "$why" ] || [ -z "$served_before" ] || why=$(not_served)
    [ -z "$why" ]
}

# try_release NAME: it runs from now on, or the one before does and the answer is 1.
try_release() {
    before=$(readlink "$opt/current" || true)
    if [ -z "$before" ] || ! boots_systemd; then
        switch_to "releases/$1"
        [ -z "$before" ] || point previous "$before"
        ! boots_systemd || start_enabled
        return 0
    fi
    judged=$(running)
    others=$(failing)
    served_before=$(in_service)
    : >"$under_way"
    point trial "$before"
    switch_to "releases/$1"
    # shellcheck disable=SC2086 # names of units hold no spaces
    start_anew $judged $others
    # shellcheck disable=SC2086
    if [ -z "$judged" ] || { say "release $1 is on trial for a minute ..." && serves_a_minute $judged; }; then
        point previous "$before"
        end_trial
        return 0
    fi
    go_back
    # shellcheck disable=SC2086
    start_anew $judged $others
    # shellcheck disable=SC2086
    runs_again $judged || now="is there again, but $now"
    fail "release $1 was not healthy: $why. ${before#releases/} $now. No record was taken back. See: journalctl -u 'takar-*' --since -5min"
}

# runs_again UNIT...: within a minute. Sets $now.
runs_again() {
    second=0
    while now=$(not_active "$@") && [ -n "$now" ]; do
        [ "$second" -lt "$trial_s" ] || return 1
        sleep 1
        second=$((second + 1))
    done
    now="runs again"
}

# go_back: end a trial in the release before it.
go_back() {
    switch_to "$(readlink "$opt/trial")"
    end_trial
}

# The root may be read-only from this boot on.
at_boot() {
    [ -L "$opt/trial" ] || return 0
    mount_point=$(findmnt --noheadings --output TARGET --target "$opt")
    read_only=
    [ -w "$opt" ] || read_only=yes
    [ -z "$read_only" ] || mount -o remount,rw "$mount_point"
    say "an upgrade to $(readlink "$opt/current") was interrupted; $(readlink "$opt/trial") runs again. To try once more: dpkg --configure takar"
    go_back
    [ -z "$read_only" ] || mount -o remount,ro "$mount_point"
    systemctl daemon-reload
}

# forget_others: all releases but the current and the previous one.
forget_others() {
    for folder in "$opt"/releases/*; do
        case releases/${folder##*/} in
            "$(readlink "$opt/current")" | "$(readlink "$opt/previous")") ;;
            *) rm -rf "$folder" ;;
        esac
    done
}

case "${0##*/}:${1:-}" in
    release.sh:boot) at_boot ;;
    release.sh:back)
        [ -L "$opt/previous" ] || fail "there is no previous release in $opt."
        previous=$(readlink "$opt/previous")
        try_release "${previous#releases/}"
        ;;
    release.sh:*) fail "expected boot or back, found '${1:-}'." ;;
esac
