using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using FlexCore.Application.Ports;
using FlexCore.EventStore;
using FlexCore.Infrastructure.Events;
using Npgsql;

namespace FlexCore.Infrastructure.Observability;

/// <summary>Progress by notifications of the log's database.</summary>
internal sealed class PostgresRunProgress(IEventStore store, TimeProvider time) : IRunProgress
{
    private const string Channel = "flexcore_progress";

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public async ValueTask TellAsync(RunProgress progress, CancellationToken cancellationToken)
    {
        var text = Encoding.UTF8.GetString(RunProgressText.Write(progress));
        await EventLog.Translate(() => store.UseTablesAsync(
            async (connection, token) =>
            {
                await using var notify = new NpgsqlCommand($"SELECT pg_notify('{Channel}', current_schema() || '/' || $1 || $2)", (NpgsqlConnection)connection)
                {
                    Parameters = { new() { Value = progress.RunId.ToString() }, new() { Value = text } },
                };
                return await notify.ExecuteNonQueryAsync(token);
            },
            cancellationToken));
    }

    public async IAsyncEnumerable<RunProgress> WatchAsync(Guid runId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Who cannot follow misses the oldest.
        var said = System.Threading.Channels.Channel.CreateBounded<RunProgress>(new BoundedChannelOptions(100) { FullMode = BoundedChannelFullMode.DropOldest });
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var listening = ListenAsync(runId, said.Writer, end.Token);
        try
        {
            await foreach (var progress in said.Reader.ReadAllAsync(cancellationToken)) yield return progress;
        }
        finally
        {
            await end.CancelAsync();
            await listening;
        }
    }

    private async Task ListenAsync(Guid runId, ChannelWriter<RunProgress> said, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = (NpgsqlConnection)await store.OpenTablesAsync(cancellationToken);
                string prefix;
                await using (var listen = new NpgsqlCommand($"LISTEN {Channel}; SELECT current_schema()::text", connection)) prefix = $"{await listen.ExecuteScalarAsync(cancellationToken)}/{runId}";
                connection.Notification += (_, notification) =>
                {
                    if (notification.Payload.StartsWith(prefix, StringComparison.Ordinal) && RunProgressText.Read(Encoding.UTF8.GetBytes(notification.Payload[prefix.Length..])) is { } progress)
                        said.TryWrite(progress);
                };
                while (true) await connection.WaitAsync(cancellationToken);
            }
#pragma warning disable CA1031 // Whatever happens to this connection: what is lost meanwhile may be lost.
            catch
#pragma warning restore CA1031
            {
                await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
