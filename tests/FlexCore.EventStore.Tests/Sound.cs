namespace FlexCore.EventStore.Tests;

internal static class Sound
{
    /// <summary>The log must be what the store promises: positions and versions count from 1 without gaps.</summary>
    internal static void ShouldBeSound(IReadOnlyList<RecordedEvent> log)
    {
        log.Select(e => e.Position).ShouldBe(Enumerable.Range(1, log.Count).Select(i => (long)i));
        log.DistinctBy(e => e.Id).Count().ShouldBe(log.Count);
        foreach (var stream in log.GroupBy(e => e.StreamId, StringComparer.Ordinal))
        {
            stream.Select(e => e.Version).ShouldBe(Enumerable.Range(1, stream.Count()).Select(i => (long)i));
        }
    }
}
