using FlexCore.EventStore;
using Npgsql;

namespace FlexCore.Infrastructure.Coordination;

/// <summary>What processes tell each other by notifications of the log's database. Each begins with the log's schema: others of the same database have the same channels.</summary>
internal static class PostgresChannel
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Listens on a connection of its own, and on another one whenever that breaks, until it is cancelled; then it ends without an exception.</summary>
    /// <param name="store">The log.</param>
    /// <param name="channel">The channel, a constant of ours.</param>
    /// <param name="hear">Takes what is said behind the schema.</param>
    /// <param name="began">Told each time that it listens from now on: what was said before was not heard.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task ListenAsync(IEventStore store, string channel, Action<string> hear, Action began, TimeProvider time, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = (NpgsqlConnection)await store.OpenTablesAsync(cancellationToken);
                string schema;
#pragma warning disable CA2100 // A constant of ours.
                await using (var listen = new NpgsqlCommand($"LISTEN {channel}; SELECT current_schema()::text", connection)) schema = (string)(await listen.ExecuteScalarAsync(cancellationToken))!;
#pragma warning restore CA2100
                connection.Notification += (_, notification) =>
                {
                    if (notification.Payload.StartsWith(schema, StringComparison.Ordinal)) hear(notification.Payload[schema.Length..]);
                };
                began();
                while (true) await connection.WaitAsync(cancellationToken);
            }
#pragma warning disable CA1031 // Whatever happens to this connection, the next one serves as soon as the server is back.
            catch
#pragma warning restore CA1031
            {
                await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
