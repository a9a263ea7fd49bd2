using System.Text;

namespace FlexCore.EventStore.Tests;

/// <summary>Events and appends of which a test does not care about the details.</summary>
internal static class Some
{
    internal static EventData Event(string type = "StepStarted", string data = "{}") =>
        new(Guid.CreateVersion7(), type, Encoding.UTF8.GetBytes(data), "{}"u8.ToArray());

    internal static EventData[] Events(int count) => [.. Enumerable.Range(0, count).Select(i => Event(data: $"{{\"n\":{i}}}"))];

    internal static StreamAppend Append(string streamId, params EventData[] events) => new(streamId, ExpectedVersion.Any, events);
}
