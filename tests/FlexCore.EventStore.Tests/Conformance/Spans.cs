using System.Collections.Concurrent;
using System.Diagnostics;

namespace FlexCore.EventStore.Tests.Conformance;

/// <summary>Listens to the spans of all stores in this process: a test looks for those with names of its own.</summary>
internal sealed class Spans : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    public Spans()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == EventStoreTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>What was read by those who belong to a span.</summary>
    public IReadOnlyList<Activity> ReadsUnder(Activity parent) => [.. _ended.Where(span => span.OperationName == "read" && span.ParentSpanId == parent.SpanId)];

    public IReadOnlyList<Activity> HandledBy(string subscription) =>
        [.. _ended.Where(span => span.OperationName == "handle" && subscription.Equals(span.GetTagItem("flexcore.subscription")))];

    public void Dispose() => _listener.Dispose();
}
