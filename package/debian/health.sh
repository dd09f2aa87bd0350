# How a release is judged. Sourced by release.sh.

# A unit may take as long to start as its TimeoutStartSec; the trial begins when all are up.
start_s=$((5 * trial_s))

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

# What of the gateway is in service, one a line.
in_service() { python3 -I "$payload/in_service.py" "$status_socket" || true; }

# The broker that the configuration names takes a connection.
broker_answers() { python3 -I "$payload/broker_answers.py" "$configuration/gateway.toml"; }

# wrong_with UNIT...: prints which of them failed or was started again by systemd.
wrong_with() {
    for unit; do
        state=$(systemctl show --property=ActiveState --value "$unit")
        restarts=$(systemctl show --property=NRestarts --value "$unit")
        if [ "$state" = failed ] || [ "$restarts" != 0 ]; then
            # It says success from the new start on.
            result=$(systemctl show --property=Result --value "$unit")
            [ "$result" != success ] || result="started again by systemd"
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

# has_central: the link to central is among the lines of standard input.
has_central() { grep -qxF central; }

# not_served: prints what of $served_before, but the link, is not in service any more.
not_served() {
    served=$(in_service)
    printf '%s\n' "$served_before" | while read -r part; do
        [ "$part" != central ] || continue
        printf '%s\n' "$served" | grep -qxF "$part" || {
            printf '%s is out of service' "$part"
            break
        }
    done
}

# come_up UNIT...: sets $why where they do not.
come_up() {
    second=0
    while :; do
        sleep 1
        second=$((second + 1))
        why=$(wrong_with "$@")
        [ -z "$why" ] || return 1
        why=$(not_active "$@")
        [ -n "$why" ] || return 0
        [ "$second" -lt "$start_s" ] || return 1
    done
}

# serves_a_minute UNIT...: sets $why where they do not. A link that comes and goes need not be up
# at the end; one that never comes is the release's fault where the broker can be reached.
serves_a_minute() {
    come_up "$@" || return 1
    link=none
    ! printf '%s\n' "$served_before" | has_central || link=awaited
    second=0
    while [ "$second" -lt "$trial_s" ]; do
        sleep 1
        second=$((second + 1))
        why=$(wrong_with "$@")
        [ -z "$why" ] || return 1
        [ "$link" != awaited ] || ! in_service | has_central || link=seen
    done
    why=$(not_active "$@")
    [ -n "$why" ] || [ -z "$served_before" ] || why=$(not_served)
    [ -n "$why" ] || [ "$link" != awaited ] || ! broker_answers \
        || why="central was never reached, though the broker answers"
    [ -z "$why" ]
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
