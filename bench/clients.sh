#!/usr/bin/env bash
# What a client costs beside the bare driver under it, in turn, 3 seconds each, 50 callers; and what the event bus costs within a process and from the log of one to another over Redis and RabbitMQ.
# bench/clients.sh postgres|redis|kafka|bus [ROUNDS]
# shellcheck source=bench/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

system=${1:?which system: postgres, redis, kafka or bus}
rounds=${2:-5}
case $system in
  postgres)
    # shellcheck source=bench/postgres.sh
    . "$root/bench/postgres.sh"
    address="Host=127.0.0.1;Port=$port;Database=postgres;Username=postgres;Maximum Pool Size=50"
    ;;
  redis | bus)
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    redis-server --bind 127.0.0.1 --port "$port" --save '' --appendonly no >/dev/null &
    server=$!
    trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null' EXIT
    until redis-cli -p "$port" ping >/dev/null 2>&1; do sleep 0.05; done
    address=127.0.0.1:$port
    if [ "$system" = bus ]; then
      read -r amqp nodes < <(python3 -c 'import socket; s = [socket.socket(), socket.socket()]; [each.bind(("127.0.0.1", 0)) for each in s]; print(*[each.getsockname()[1] for each in s])')
      folder=$(mktemp -d)
      printf 'listeners.tcp.1 = 127.0.0.1:%s\n' "$amqp" >"$folder/rabbitmq.conf"
      : >"$folder/none"
      HOME=$folder RABBITMQ_NODENAME=flexcore-$amqp@localhost RABBITMQ_MNESIA_BASE=$folder/mnesia RABBITMQ_LOG_BASE=$folder/log RABBITMQ_CONFIG_FILE=$folder/rabbitmq.conf RABBITMQ_CONF_ENV_FILE=$folder/none \
        RABBITMQ_ENABLED_PLUGINS_FILE=$folder/plugins RABBITMQ_NODE_PORT=$amqp RABBITMQ_DIST_PORT=$nodes RABBITMQ_ALLOW_INPUT=true ERL_FLAGS="-start_epmd false" ERL_EPMD_ADDRESS=127.0.0.1 \
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-noinput -sname flexcore-$amqp@localhost -erl_epmd_port $nodes -kernel inet_dist_use_interface {127,0,0,1} inet_dist_listen_min $nodes inet_dist_listen_max $nodes" \
        /usr/lib/rabbitmq/bin/rabbitmq-server >/dev/null 2>&1 &
      broker=$!
      trap 'kill -KILL "$broker" "$server" 2>/dev/null; wait "$broker" "$server" 2>/dev/null; rm -rf "$folder"' EXIT
      until (: >"/dev/tcp/127.0.0.1/$amqp") 2>/dev/null; do sleep 0.1; done
      address=$address,127.0.0.1:$amqp
    fi
    ;;
  kafka) address=mock ;; # librdkafka's own, in the process
  *) printf 'there is no benchmark of %s\n' "$system" >&2; exit 2 ;;
esac

if [ "$system" = redis ]; then
  # The floor of a lock: what the server itself makes of the script that takes one, without any .NET. A lock is two scripts: taken, and given back.
  take="if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end local token = redis.call('INCR', KEYS[2]) redis.call('SET', KEYS[1], token, 'PX', ARGV[1]) return token"
  printf 'redis-benchmark, the script that takes a lock, 50 callers: '
  redis-benchmark --csv -p "$port" -c 50 -n 300000 -r 1000000000 EVAL "$take" 2 'lock:__rand_int__' lock-tokens 30000 | awk -F'","' 'END { print $2 "/s" }'
  redis-cli -p "$port" flushall >/dev/null
fi

dotnet build bench/Clients -c Release -v quiet --nologo >/dev/null
dotnet bench/Clients/bin/Release/net10.0/FlexCore.Clients.Benchmarks.dll "$system" "$address" "$rounds"
