using System.Data.Common;
using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;
using FlexCore.EventStore;
using FlexCore.EventStore.Projections;
using FlexCore.Infrastructure.Events;
using Stopwatch = System.Diagnostics.Stopwatch;

namespace FlexCore.Infrastructure.ReadModels;

/// <summary>Answers from views that are brought up to date first: where no server keeps them so, the command that asks does it.</summary>
internal sealed class ReadModelQueries : IReadModels
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Blink = TimeSpan.FromMilliseconds(10);

    /// <summary>How long a view that does not move is waited for. A batch takes milliseconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly IEventStore _store;

    // Consoles and dashboards ask for the same lists again and again, and each answer takes two journeys to the database.
    private readonly SharedReads<PipelineFilter, IReadOnlyList<PipelineStatus>> _pipelines;
    private readonly SharedReads<RunFilter, IReadOnlyList<ExecutionHistory>> _runs;

    private volatile Dictionary<string, EventProjection> _kept = [];

    private const string RunColumns = "run_id, pipeline, status, started_at, duration_ms, records, dead_letters, is_dry_run, replays";

    public ReadModelQueries(IEventStore store)
    {
        _store = store;
        _pipelines = new SharedReads<PipelineFilter, IReadOnlyList<PipelineStatus>>(ReadPipelinesAsync);
        _runs = new SharedReads<RunFilter, IReadOnlyList<ExecutionHistory>>(ReadRunsAsync);
    }

    public ValueTask<IReadOnlyList<PipelineStatus>> ListPipelinesAsync(PipelineFilter filter, CancellationToken cancellationToken) => _pipelines.ReadAsync(filter, cancellationToken);

    public ValueTask<IReadOnlyList<ExecutionHistory>> ListRunsAsync(RunFilter filter, CancellationToken cancellationToken) => _runs.ReadAsync(filter, cancellationToken);

    private ValueTask<IReadOnlyList<PipelineStatus>> ReadPipelinesAsync(PipelineFilter filter, CancellationToken cancellationToken)
    {
        var where = new Conditions(filter.Limit);
        if (filter.After is { } after) where.Add("name > @after", ("after", after));
        if (filter.Search is { } search) where.Add("name LIKE @search ESCAPE '!'", ("search", $"%{search.Replace("!", "!!", StringComparison.Ordinal).Replace("%", "!%", StringComparison.Ordinal).Replace("_", "!_", StringComparison.Ordinal)}%"));
        if (filter.Lifecycle is { } lifecycle) where.Add("lifecycle = @lifecycle", ("lifecycle", lifecycle.ToString()));
        return AskAsync(
            [new PipelineStatusProjection(), new ExecutionHistoryProjection()],
            $"SELECT name, version, lifecycle, runs, failures, {RunColumns} FROM {PipelineStatusProjection.Table} LEFT JOIN {ExecutionHistoryProjection.Table} ON run_id = last_run {where}ORDER BY name LIMIT @limit",
            where.Parameters,
            row => new PipelineStatus(row.GetString(0), row.GetInt32(1), Enum.Parse<PipelineLifecycle>(row.GetString(2)), row.GetInt64(3), row.GetInt64(4), row.IsDBNull(5) ? null : Run(row, 5)),
            cancellationToken);
    }

    // Ids of runs are UUIDv7: they grow with time.
    private ValueTask<IReadOnlyList<ExecutionHistory>> ReadRunsAsync(RunFilter filter, CancellationToken cancellationToken)
    {
        var where = new Conditions(filter.Limit);
        if (filter.Pipeline is { } pipeline) where.Add("pipeline = @pipeline", ("pipeline", pipeline));
        if (filter.Status is { } status) where.Add("status = @status", ("status", status.ToString()));
        if (filter.Before is { } before) where.Add("run_id < @before", ("before", before.ToString()));
        if (filter.Since is { } since) where.Add("started_at >= @since", ("since", Microseconds(since)));
        if (filter.Scope is { } scope)
        {
            var (condition, values) = ScopeStatements.Within(scope);
            where.Add(condition, [.. values]);
        }

        return AskAsync(
            [new ExecutionHistoryProjection()],
            $"SELECT {RunColumns} FROM {ExecutionHistoryProjection.Table} {where}ORDER BY run_id DESC LIMIT @limit",
            where.Parameters,
            row => Run(row, 0),
            cancellationToken);
    }

    public ValueTask<IReadOnlyList<PluginInventory>> ListPluginsAsync(CancellationToken cancellationToken) => AskAsync(
        [new PluginInventoryProjection()],
        $"SELECT name, version, executions, failures, cpu_ms, peak_memory, last_used_at, is_disabled FROM {PluginInventoryProjection.Table} ORDER BY name",
        [],
        row => new PluginInventory(row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5), row.IsDBNull(6) ? null : Time(row.GetInt64(6)), row.GetInt32(7) != 0),
        cancellationToken);

    public async ValueTask<SystemMetrics> ReadMetricsAsync(CancellationToken cancellationToken)
    {
        var rows = await AskAsync(
            [new SystemMetricsProjection()],
            $"SELECT events, runs, failures, records, bytes, dead_letters, plugin_executions FROM {SystemMetricsProjection.Table}",
            [],
            row => new SystemMetrics(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5), row.GetInt64(6)),
            cancellationToken);
        return rows[0];
    }

    public IAsyncDisposable Keep()
    {
        var kept = All().ToDictionary(projection => projection.Name, _store.Project, StringComparer.Ordinal);
        foreach (var keeper in kept.Values) keeper.Start();
        _kept = kept;
        return new Kept(this, kept.Values);
    }

    public async ValueTask RebuildAsync(CancellationToken cancellationToken) => await EventLog.Translate(async () =>
    {
        try
        {
            foreach (var projection in All())
            {
                await using var keeper = _store.Project(projection);
                await keeper.RebuildAsync(cancellationToken);
            }

            return true;
        }
        catch (DbException e)
        {
            throw Unusable(e);
        }
    });

    private static FlexCoreException Unusable(DbException e) =>
        new(new Error(ErrorCodes.StoreUnavailable, $"the views of the event log cannot be used: {e.Message}"), e);

    private ValueTask<IReadOnlyList<T>> AskAsync<T>(
        Projection[] projections, string sql, (string Name, object Value)[] parameters, Func<DbDataReader, T> read, CancellationToken cancellationToken) => EventLog.Translate(async () =>
    {
        try
        {
            await CatchUpAsync(projections, cancellationToken);
            await using var views = await _store.OpenViewsAsync(cancellationToken);
            await using var command = views.CreateCommand();
            command.CommandText = sql;
            foreach (var (name, value) in parameters)
            {
                var parameter = command.CreateParameter();
                (parameter.ParameterName, parameter.Value) = (name, value);
                command.Parameters.Add(parameter);
            }

            await using var row = await command.ExecuteReaderAsync(cancellationToken);
            var rows = new List<T>();
            while (await row.ReadAsync(cancellationToken)) rows.Add(read(row));
            return (IReadOnlyList<T>)rows;
        }
        catch (DbException e)
        {
            throw Unusable(e);
        }
    });

    /// <summary>Folds what the views do not have yet, or waits for another process that does.</summary>
    private async Task CatchUpAsync(Projection[] projections, CancellationToken cancellationToken)
    {
        var position = await _store.GetLastPositionAsync(cancellationToken);
        foreach (var projection in projections)
        {
            if (_kept.TryGetValue(projection.Name, out var kept))
            {
                await WaitAsync(kept, position, cancellationToken);
                continue;
            }

            await using var keeper = _store.Project(projection);
            keeper.Start();
            await WaitAsync(keeper, position, cancellationToken);
        }
    }

    private static Projection[] All() => [new PipelineStatusProjection(), new ExecutionHistoryProjection(), new PluginInventoryProjection(), new SystemMetricsProjection()];

    private static async Task WaitAsync(EventProjection keeper, long position, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var caughtUp = WaitUntilServedAsync(keeper, position, stop.Token);
        (long, long?) stands = default;
        var since = Stopwatch.GetTimestamp();
        while (await Task.WhenAny(caughtUp, Task.Delay(Glance, cancellationToken)) != caughtUp)
        {
            var status = await keeper.GetStatusAsync(cancellationToken);
            if (stands != (status.Position, status.BuildingPosition)) (stands, since) = ((status.Position, status.BuildingPosition), Stopwatch.GetTimestamp());
            if (status.LastError is null && Stopwatch.GetElapsedTime(since) < Patience) continue;
            await stop.CancelAsync();
            throw new FlexCoreException(status.LastError is { } error
                ? new Error(ErrorCodes.StoreUnusable, $"the view '{status.Name}' cannot go on behind position {status.Position}: {error}")
                : new Error(
                    ErrorCodes.StoreUnavailable,
                    $"the view '{status.Name}' stands at position {status.Position} of {position}: another process has it to keep, and has not gone on for {Patience.TotalSeconds:0} s",
                    SpecificRemedy: "Look for a `flexcore serve` of this project that is stopped or hangs, and end it."));
        }

        await caughtUp;
    }

    /// <summary>Views that are being made anew are waited for: those that they replace may say what has to be forgotten.</summary>
    private static async Task WaitUntilServedAsync(EventProjection keeper, long position, CancellationToken cancellationToken)
    {
        await keeper.WaitUntilAsync(position, cancellationToken);
        while ((await keeper.GetStatusAsync(cancellationToken)).BuildingPosition is not null) await Task.Delay(Blink, cancellationToken);
    }

    private static ExecutionHistory Run(DbDataReader row, int first) => new(
        Guid.Parse(row.GetString(first)),
        row.GetString(first + 1),
        Enum.Parse<RunStatus>(row.GetString(first + 2)),
        Time(row.GetInt64(first + 3)),
        row.IsDBNull(first + 4) ? null : row.GetInt64(first + 4),
        row.GetInt64(first + 5),
        row.GetInt64(first + 6),
        row.GetInt32(first + 7) != 0,
        row.IsDBNull(first + 8) ? null : row.GetInt32(first + 8));

    private static long Microseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private static DateTimeOffset Time(long microseconds) => DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds);

    /// <summary>What rows must fit, all of it, and with which values.</summary>
    private sealed class Conditions(int limit)
    {
        private readonly List<string> _all = [];
        private readonly List<(string Name, object Value)> _parameters = [("limit", limit)];

        public (string Name, object Value)[] Parameters => [.. _parameters];

        public void Add(string condition, params (string Name, object Value)[] its)
        {
            _all.Add(condition);
            _parameters.AddRange(its);
        }

        public override string ToString() => _all.Count == 0 ? "" : $"WHERE {string.Join(" AND ", _all)} ";
    }

    private sealed class Kept(ReadModelQueries queries, IEnumerable<EventProjection> keepers) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            queries._kept = [];
            foreach (var keeper in keepers) await keeper.DisposeAsync();
        }
    }
}
