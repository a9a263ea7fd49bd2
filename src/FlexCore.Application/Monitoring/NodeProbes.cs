using FlexCore.Application.Nodes;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Monitoring;

/// <summary>What any node needs: its log, its queue, and that the others know that it lives; and sandboxes for its plugins.</summary>
public static class NodeProbes
{
    // It starts a process, and what it finds changes with the machine alone.
    private static readonly TimeSpan IsolationKeptFor = TimeSpan.FromMinutes(1);

    /// <summary>What without it no request can be answered, or no run begun.</summary>
    public static IEnumerable<HealthProbe> Create(Node node, IEventLog log, QueueCap queue) =>
    [
        new("event-store", IsNeeded: true, async token => await log.ReadLogAsync(new EventQuery(0, Limit: 1), token) is [var first] ? $"answers; its log begins at position {first.Position}" : "answers; its log is empty"),
        new("queue", IsNeeded: true, async token => $"{await queue.CountAsync(token)} runs wait"),
        new("node", IsNeeded: true, _ => node.IsHeard
            ? ValueTask.FromResult("the queue hears of it")
            : throw new FlexCoreException(new Error(ErrorCodes.LeaseLost, "the queue has not heard of this node for so long that its runs are others' now"))),
    ];

    /// <summary>Whether plugins can be kept apart as is asked for; pipelines without plugins run all the same.</summary>
    /// <param name="isolation">What the machine can do.</param>
    /// <param name="lowest">The lowest level that is accepted.</param>
    public static HealthProbe CreateIsolation(IIsolation isolation, Func<IsolationLevel> lowest) => new("isolation", IsNeeded: false, async token =>
    {
        foreach (var level in (IsolationLevel[])[IsolationLevel.Sandbox, IsolationLevel.Process])
        {
            if (level < lowest()) break;
            var report = await isolation.ProbeAsync(level, token);
            if (report.IsAvailable) return $"{report.Isolation.Name}, limits by {report.Limits}";
        }

        throw new FlexCoreException(new Error(ErrorCodes.IsolationUnavailable, "plugins cannot be kept apart from this machine as is asked for: `flexcore doctor` says why"));
    })
    { KeptFor = IsolationKeptFor };
}
