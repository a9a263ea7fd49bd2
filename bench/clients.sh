#!/usr/bin/env bash
# What a client costs beside the bare driver under it, in turn, 3 seconds each, 50 callers.
# bench/clients.sh postgres|redis|kafka [ROUNDS]
# shellcheck source=bench/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

system=${1:?which system: postgres, redis or kafka}
rounds=${2:-5}
case $system in
  postgres)
    # shellcheck source=bench/postgres.sh
    . "$root/bench/postgres.sh"
    address="Host=127.0.0.1;Port=$port;Database=postgres;Username=postgres;Maximum Pool Size=50"
    ;;
  redis)
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    redis-server --bind 127.0.0.1 --port "$port" --save '' --appendonly no >/dev/null &
    server=$!
    trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null' EXIT
    until redis-cli -p "$port" ping >/dev/null 2>&1; do sleep 0.05; done
    address=127.0.0.1:$port
    ;;
  kafka) address=mock ;; # librdkafka's own, in the process
  *) printf 'there is no benchmark of %s\n' "$system" >&2; exit 2 ;;
esac

dotnet build bench/Clients -c Release -v quiet --nologo >/dev/null
dotnet bench/Clients/bin/Release/net10.0/FlexCore.Clients.Benchmarks.dll "$system" "$address" "$rounds"
