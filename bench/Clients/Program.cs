using System.Globalization;
using FlexCore.Clients.Benchmarks;

// bench/clients.sh and bench/persistence.sh call this: SYSTEM ADDRESS ROUNDS
var rounds = int.Parse(args[2], CultureInfo.InvariantCulture);
await (args[0] switch
{
    "postgres" => PostgresQueries.RunAsync(args[1], rounds),
    "kafka" => KafkaSending.RunAsync(rounds),
    "persistence" => EntityStores.RunAsync(args[1], rounds),
    "redis" => RedisCommands.RunAsync(args[1], rounds),
    "bus" => BusPublishing.RunAsync(args[1].Split(',')[0], args[1].Split(',')[1], rounds),
    _ => throw new ArgumentOutOfRangeException(nameof(args), args[0], "There is no such benchmark."),
});
