using System.Text;

namespace FlexCore.EventStore.Benchmarks;

/// <summary>The event that all write: 213 bytes of JSON, 109 bytes of metadata.</summary>
internal static class Sample
{
    public const string Type = "StepSucceeded";
    public static readonly string Data = Json("attempt", 213);
    public static readonly string Metadata = Json("actor", 109);
    public static readonly byte[] DataBytes = Encoding.UTF8.GetBytes(Data);
    public static readonly byte[] MetadataBytes = Encoding.UTF8.GetBytes(Metadata);

    public static string NewStream() => $"run-{Guid.NewGuid()}";

    public static EventData NewEvent() => new(Guid.CreateVersion7(), Type, DataBytes, MetadataBytes);

    public static EventData[] NewEvents(int count)
    {
        var events = new EventData[count];
        for (var i = 0; i < count; i++) events[i] = NewEvent();
        return events;
    }

    private static string Json(string name, int length)
    {
        var beginning = $$"""{"{{name}}":"load","number":17,"text":"{{""}}""";
        return beginning + new string('x', length - beginning.Length - 2) + "\"}";
    }
}
