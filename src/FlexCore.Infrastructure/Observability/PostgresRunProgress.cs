using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using FlexCore.Application.Ports;
using FlexCore.EventStore;
using FlexCore.Infrastructure.Coordination;
using FlexCore.Infrastructure.Events;
using Npgsql;

namespace FlexCore.Infrastructure.Observability;

/// <summary>Progress by notifications of the log's database.</summary>
internal sealed class PostgresRunProgress(IEventStore store, TimeProvider time) : IRunProgress
{
    private const string Channel = "flexcore_progress";

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

    // What is lost while the connection is away may be lost.
    private Task ListenAsync(Guid runId, ChannelWriter<RunProgress> said, CancellationToken cancellationToken)
    {
        var prefix = $"/{runId}";
        return PostgresChannel.ListenAsync(
            store,
            Channel,
            more =>
            {
                if (more.StartsWith(prefix, StringComparison.Ordinal) && RunProgressText.Read(Encoding.UTF8.GetBytes(more[prefix.Length..])) is { } progress) said.TryWrite(progress);
            },
            () => { },
            time,
            cancellationToken);
    }
}
