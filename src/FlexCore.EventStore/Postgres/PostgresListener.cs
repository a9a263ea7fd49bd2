using Npgsql;

namespace FlexCore.EventStore.Postgres;

/// <summary>Hears of appends of all processes, on a connection of its own, from the first time that somebody waits for events.</summary>
internal sealed class PostgresListener(PostgresDatabase database, LogSignal signal, TimeProvider timeProvider) : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private Task? _listening;

    /// <summary>Begins to listen, if that has not begun.</summary>
    public void Start()
    {
        if (_listening is not null) return;
        lock (_gate) _listening ??= Task.Run(ListenAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_listening is not null) await _listening.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task ListenAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var connection = await database.ConnectAloneAsync(_stop.Token).ConfigureAwait(false);
                await using var _ = connection.ConfigureAwait(false);
                connection.Notification += (sender, notification) =>
                {
                    if (notification.Payload == database.Schema) signal.Raise();
                };
                using (var listen = new NpgsqlCommand("LISTEN flexcore_events", connection)) await listen.ExecuteNonQueryAsync(_stop.Token).ConfigureAwait(false);

                // What was appended while nobody listened was not heard.
                signal.Raise();
                while (true) await connection.WaitAsync(_stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever happens to this connection, those who wait are served again as soon as the server is back, and by the safety net till then.
            catch
#pragma warning restore CA1031
            {
                await Task.Delay(Pause, timeProvider, _stop.Token).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).ConfigureAwait(false);
            }
        }
    }
}
