# shellcheck shell=bash
# Starts a PostgreSQL cluster of one's own with durable defaults (fsync and synchronous_commit on) and takes it away at the end; sets $port.
binaries=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
export PATH=$PATH:$binaries
cluster=$(mktemp -d)
port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
as_owner=()
[ "$(id -u)" != 0 ] || { as_owner=(setpriv --reuid postgres --regid postgres --clear-groups); chown postgres "$cluster"; }
"${as_owner[@]}" "$binaries/initdb" -D "$cluster/data" -A trust -U postgres -E UTF8 --locale C.UTF-8 >/dev/null
printf '%s\n' "port = $port" "listen_addresses = '127.0.0.1'" "unix_socket_directories = '$cluster'" "max_connections = 400" >>"$cluster/data/postgresql.conf"
"${as_owner[@]}" "$binaries/pg_ctl" -D "$cluster/data" -l "$cluster/log" -w start >/dev/null
trap '"${as_owner[@]}" "$binaries/pg_ctl" -D "$cluster/data" -m fast -w stop >/dev/null; rm -rf "$cluster"' EXIT
