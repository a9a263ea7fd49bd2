using System.Threading.Channels;
using FlexCore.Application.Ports;
using FlexCore.Domain.Plugins;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Execution;

/// <summary>
/// Puts the connections of one plugin process on record: the first hundred one by one as they end, and what is more summed up by
/// destination at the process's end, so that no plugin can fill the log. To the program a connection that was refused is one that was
/// reset; whoever reads its log is warned of the reason.
/// </summary>
internal sealed class ConnectionRecord(IEventLog log, string stream, EventContext context, Action<string> warn)
{
    private const int MostSingle = 100;

    private readonly Channel<PluginConnected> _single = Channel.CreateBounded<PluginConnected>(MostSingle);
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Destination, ConnectionOutcome Outcome), PluginConnected> _sums = [];
    private int _count;

    /// <summary>Takes a connection that has ended, from any thread, at once.</summary>
    public void Add(SandboxConnection connection)
    {
        var ended = Describe(connection);
        var key = (ended.Destination, ended.Outcome);
        lock (_lock)
        {
            if (_count++ < MostSingle) _single.Writer.TryWrite(ended); // There is room for all of them.
            else _sums[key] = _sums.TryGetValue(key, out var sum) ? Add(sum, ended) : ended with { Address = null };
        }
    }

    /// <summary>Appends to the event stream of the process until <see cref="Complete"/>.</summary>
    /// <param name="version">How many events the stream has.</param>
    /// <returns>How many it has then.</returns>
    public async Task<long> WriteAsync(long version)
    {
        await foreach (var connection in _single.Reader.ReadAllAsync(CancellationToken.None))
        {
            if (Problem(connection) is { } problem) warn($"network: {connection.Destination} {problem}");
            version = await log.AppendAsync(stream, version, [connection], context, CancellationToken.None);
        }

        return version;
    }

    /// <summary>Ends it: the process is gone.</summary>
    /// <returns>The sums that are still to be appended.</returns>
    public IReadOnlyList<PluginConnected> Complete()
    {
        _single.Writer.TryComplete();
        lock (_lock) return [.. _sums.Values.OrderBy(sum => sum.BeganAt)];
    }

    /// <summary>A connection as it stands on record.</summary>
    public static PluginConnected Describe(SandboxConnection connection) => new(
        connection.Destination.ToString(), Name(connection.Outcome), connection.Address?.ToString(), connection.BytesSent, connection.BytesReceived,
        connection.BeganAt, (long)connection.Duration.TotalMilliseconds, Connections: 1);

    private static PluginConnected Add(PluginConnected sum, PluginConnected one) => sum with
    {
        BytesSent = sum.BytesSent + one.BytesSent,
        BytesReceived = sum.BytesReceived + one.BytesReceived,
        BeganAt = one.BeganAt < sum.BeganAt ? one.BeganAt : sum.BeganAt,
        DurationMs = sum.DurationMs + one.DurationMs,
        Connections = sum.Connections + 1,
    };

    /// <summary>Why nothing came of it, for people; null where something did.</summary>
    public static string? Problem(PluginConnected connection) => connection.Outcome switch
    {
        ConnectionOutcome.OverLimit => "is one connection more than may be open at once",
        ConnectionOutcome.NotResolved => "cannot be resolved",
        ConnectionOutcome.AddressRefused => $"was refused: its name stands for {connection.Address} now",
        ConnectionOutcome.Unreachable => $"cannot be reached at {connection.Address}",
        ConnectionOutcome.TimedOut => $"does not answer at {connection.Address}",
        _ => null,
    };

    private static ConnectionOutcome Name(SandboxConnectionOutcome outcome) => outcome switch
    {
        SandboxConnectionOutcome.Connected => ConnectionOutcome.Connected,
        SandboxConnectionOutcome.OverLimit => ConnectionOutcome.OverLimit,
        SandboxConnectionOutcome.NotResolved => ConnectionOutcome.NotResolved,
        SandboxConnectionOutcome.AddressRefused => ConnectionOutcome.AddressRefused,
        SandboxConnectionOutcome.Unreachable => ConnectionOutcome.Unreachable,
        SandboxConnectionOutcome.TimedOut => ConnectionOutcome.TimedOut,
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "no outcome of a connection"),
    };
}
