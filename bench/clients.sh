#!/usr/bin/env bash
# What a client costs beside the bare driver under it, in turn, 3 seconds each, 50 callers.
# bench/clients.sh postgres [ROUNDS]
# shellcheck source=bench/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

system=${1:?which system: postgres}
rounds=${2:-5}
case $system in
  postgres)
    # shellcheck source=bench/postgres.sh
    . "$root/bench/postgres.sh"
    address="Host=127.0.0.1;Port=$port;Database=postgres;Username=postgres;Maximum Pool Size=50"
    ;;
  *) printf 'there is no benchmark of %s\n' "$system" >&2; exit 2 ;;
esac

dotnet build bench/Clients -c Release -v quiet --nologo >/dev/null
dotnet bench/Clients/bin/Release/net10.0/FlexCore.Clients.Benchmarks.dll "$system" "$address" "$rounds"
