using FlexCore.Application.Ports;
using FlexCore.EventStore;
using FlexCore.Infrastructure.Coordination;
using FlexCore.Infrastructure.DeadLetters;
using FlexCore.Infrastructure.Events;
using FlexCore.Infrastructure.Observability;
using FlexCore.Infrastructure.ReadModels;

namespace FlexCore.Infrastructure;

/// <summary>Composes what this project gives: a data directory with the event log, the locks and the logs in it.</summary>
public sealed class InfrastructureModule : IAsyncDisposable
{
    private const string StoreFile = "flexcore.db";

    private readonly SqliteEventStore _store;

    private InfrastructureModule(string dataDirectory, SqliteEventStore store)
    {
        _store = store;
        ReadModels = new ReadModelQueries(store);
        Log = new EventLog(store, Environment.UserName, Environment.MachineName);
        Locks = new FileRunLocks(Path.Combine(dataDirectory, "locks"));
        DeadLetters = new SqliteDeadLetters(Path.Combine(dataDirectory, "deadletters.db"));
        Logs = new FileRunLogs(Path.Combine(dataDirectory, "logs"));
    }

    /// <summary>The event log.</summary>
    public IEventLog Log { get; }

    /// <summary>Views of the log.</summary>
    public IReadModels ReadModels { get; }

    /// <summary>The locks that keep a pipeline from running twice at once.</summary>
    public IRunLocks Locks { get; }

    /// <summary>What plugins have said.</summary>
    public IRunLogs Logs { get; }

    /// <summary>The records that could not be processed.</summary>
    public IDeadLetters DeadLetters { get; }

    /// <summary>Opens a data directory, making it when it is missing: readable by its owner alone.</summary>
    public static async Task<InfrastructureModule> OpenAsync(string dataDirectory, TimeProvider time, CancellationToken cancellationToken)
    {
        var storePath = Path.Combine(dataDirectory, StoreFile);
        try
        {
            if (!Directory.Exists(dataDirectory))
                Directory.CreateDirectory(dataDirectory, DataDirectory.OwnerOnly);

            // In a folder that was there before, others may look around; what they would find is closed to them. SQLite gives
            // the files beside this one its mode.
            var ownFile = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite, UnixCreateMode = DataDirectory.OwnerReadsAndWrites };
            if (!File.Exists(storePath)) await new FileStream(storePath, ownFile).DisposeAsync();
        }
        catch (Exception e) when (DataDirectory.IsFailure(e))
        {
            throw DataDirectory.Failed(e);
        }

        var store = await EventLog.Translate(() => SqliteEventStore.OpenAsync(storePath, time, cancellationToken));
        return new InfrastructureModule(dataDirectory, store);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _store.DisposeAsync();
}
