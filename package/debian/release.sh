# Releases of Takar beside each other, and which one runs. Sourced by the package's scripts;
# `sh release.sh boot` is takar-trial.service, `judge` and `abandon` are takar-judge.service;
# `back` is a person's way back, `retry` their second try of a release that was refused.
#
# /opt/takar/releases/NAME  code, units and .venv; never changed once the file `whole` is there
# /opt/takar/current        link to the one that runs, changed by one rename
# /opt/takar/previous       link to the one that ran before it
# /opt/takar/trial          link to the one to go back to, while the current one is on trial
# /opt/takar/refused        name of the one that failed its trial last, and why
#
# Units are copied to where systemd looks (it would enable a link by the path behind it).
#
# A power cut leaves one whole release at any moment: either nothing was changed yet, or `trial`
# says at the next boot where to go back to. State (/var/lib/takar) is never taken back:
# what was sold during the trial was sold.
set -eu

payload=${TAKAR_ROOT:-}/usr/lib/takar
opt=${TAKAR_ROOT:-}/opt/takar
configuration=${TAKAR_ROOT:-}/etc/takar
# The release that is to be tried, and for how long; the units that were running; what came of it.
under_way=${TAKAR_ROOT:-}/run/takar-trial
ran=$under_way.units
verdict=$under_way.verdict
judge_unit=takar-judge.service
status_socket=${TAKAR_ROOT:-}/run/takar/gateway.sock
units=${TAKAR_ROOT:-}/usr/lib/systemd/system
needed_kib=400000
trial_s=${TAKAR_TRIAL_S:-60}

# say, fail, set_up
. "$payload/code/scripts/set_up.sh"
. "$payload/health.sh"
. "$payload/trial.sh"

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
        case ${unit##*/} in
            takar-trial.service | "$judge_unit") continue ;;
        esac
        [ -e "$opt/$1/systemd/${unit##*/}" ] || rm -f "$unit"
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

# enable_configured: what the configuration that is there calls for, on a machine that had none of
# Takar's units enabled. A purge leaves the configuration, and takes the links away.
enable_configured() {
    set --
    [ ! -e "$configuration/gateway.toml" ] \
        || set -- takar-gateway.service takar-console.service takar-backup.timer
    [ ! -e "$configuration/central.toml" ] \
        || set -- "$@" takar-central.service takar-central-backup.timer
    [ $# != 0 ] || return 0
    # A trial's forecourt
    for unit in "${TAKAR_ROOT:-}"/etc/systemd/system/takar-*.service; do
        [ ! -f "$unit" ] || set -- "$@" "${unit##*/}"
    done
    systemctl enable "$@"
    say "$configuration has a configuration, so these are enabled: $*"
    ! boots_systemd || systemctl start --no-block "$@"
}

# back: out of a trial to where it came from, else to the release before the one that runs.
back() {
    if [ -L "$opt/trial" ]; then
        name=$(readlink "$opt/current")
        refuse "${name#releases/}" "a person went back during its trial"
        # It abandons the trial when it is stopped.
        ! boots_systemd || systemctl stop "$judge_unit"
        abandon
        runs=$(readlink "$opt/current")
        say "${runs#releases/} runs again."
        return 0
    fi
    [ -L "$opt/previous" ] || fail "there is no previous release in $opt."
    previous=$(readlink "$opt/previous")
    try_release "${previous#releases/}"
}

# The root may be read-only from this boot on.
at_boot() {
    [ -L "$opt/trial" ] || return 0
    mount_point=$(findmnt --noheadings --output TARGET --target "$opt")
    read_only=
    [ -w "$opt" ] || read_only=yes
    [ -z "$read_only" ] || mount -o remount,rw "$mount_point"
    say "an upgrade to $(readlink "$opt/current") was interrupted; $(readlink "$opt/trial") runs again. To try once more: dpkg --configure takar"
    switch_to "$(readlink "$opt/trial")"
    end_trial
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
    release.sh:judge) judge ;;
    release.sh:abandon) abandon ;;
    release.sh:back) back ;;
    release.sh:retry)
        rm -f "$opt/refused"
        exec dpkg --configure takar
        ;;
    release.sh:*) fail "expected boot, back or retry, found '${1:-}'." ;;
esac
