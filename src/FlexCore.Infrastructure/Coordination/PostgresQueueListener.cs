using FlexCore.EventStore;
using Npgsql;

namespace FlexCore.Infrastructure.Coordination;

/// <summary>Hears of changes of the queue by all processes, on a connection of its own, from the first time that somebody waits.</summary>
internal sealed class PostgresQueueListener(IEventStore store, QueueSignal signal, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private Task? _listening;

    /// <summary>Begins to listen, if that has not begun.</summary>
    public void Start() => _listening ??= Task.Run(ListenAsync);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_listening is not null) await _listening;
        _stop.Dispose();
    }

    private async Task ListenAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await using var connection = (NpgsqlConnection)await store.OpenTablesAsync(_stop.Token);
                string schema;
                await using (var listen = new NpgsqlCommand("LISTEN flexcore_runs; SELECT current_schema()::text", connection)) schema = (string)(await listen.ExecuteScalarAsync(_stop.Token))!;
                connection.Notification += (_, notification) =>
                {
                    if (notification.Payload == schema) signal.Raise();
                };

                // What happened while nobody listened was not heard.
                signal.Raise();
                while (true) await connection.WaitAsync(_stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever happens to this connection, the one who waits is served again as soon as the server is back, and looks for itself till then.
            catch
#pragma warning restore CA1031
            {
                await Task.Delay(Pause, time, _stop.Token).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
    }
}
