using System.Text;

namespace FlexCore.EventStore.Appending;

/// <summary>What every append must obey, whatever keeps the events.</summary>
internal static class AppendRules
{
    internal const int MaxNameLength = 512;
    internal const int MaxBytes = 16 * 1024 * 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    internal static void Check(IReadOnlyList<StreamAppend> appends)
    {
        ArgumentNullException.ThrowIfNull(appends);
        var count = 0;
        foreach (var append in appends)
        {
            CheckStreamId(append.StreamId);
            foreach (var item in append.Events) CheckEvent(item);
            count += append.Events.Count;
        }

        if (count == 0) throw new ArgumentException("There is nothing to append.", nameof(appends));
        if (count > 1) CheckTogether(appends, count);
    }

    /// <summary>Checks an event of another store.</summary>
    internal static void Check(RecordedEvent recorded)
    {
        CheckStreamId(recorded.StreamId);
        CheckEvent(new EventData(recorded.Id, recorded.Type, recorded.Data, recorded.Metadata));
    }

    private static void CheckTogether(IReadOnlyList<StreamAppend> appends, int count)
    {
        var ids = new HashSet<Guid>(count);
        HashSet<string>? closed = null;
        foreach (var append in appends)
        {
            if (closed?.Contains(append.StreamId) is true) throw AfterTombstone(append.StreamId);
            foreach (var item in append.Events)
            {
                if (!ids.Add(item.Id)) throw new ArgumentException($"The event {item.Id} is in the append twice.", nameof(appends));
                if (closed?.Contains(append.StreamId) is true) throw AfterTombstone(append.StreamId);
                if (item.IsTombstone) (closed ??= new(StringComparer.Ordinal)).Add(append.StreamId);
            }
        }

        ArgumentException AfterTombstone(string streamId) => new($"Nothing can follow the tombstone of the stream '{streamId}'.", nameof(appends));
    }

    private static void CheckStreamId(string streamId)
    {
        CheckName(streamId, "stream id");
        var hyphen = streamId.IndexOf('-', StringComparison.Ordinal);
        if (hyphen < 1 || hyphen == streamId.Length - 1)
        {
            throw new ArgumentException($"The stream id '{streamId}' is not of the form <category>-<id>.", nameof(streamId));
        }
    }

    private static void CheckEvent(EventData item)
    {
        if (item.Id == Guid.Empty)
        {
            throw new ArgumentException("The event has no id.", nameof(item));
        }

        CheckName(item.Type, "event type");
        if (item.Data.Length > MaxBytes || item.Metadata.Length > MaxBytes)
        {
            throw new ArgumentException($"The event {item.Id} is larger than 16 MiB: {item.Data.Length} bytes of data, {item.Metadata.Length} of metadata.", nameof(item));
        }
    }

    private static void CheckName(string name, string what)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Length > MaxNameLength)
        {
            throw new ArgumentException($"The {what} has {name.Length} characters, more than {MaxNameLength}.", nameof(name));
        }

        if (name.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException($"The {what} contains a NUL character.", nameof(name));
        }

        try
        {
            // Half a surrogate pair would be stored as U+FFFD, and two names would become one.
            StrictUtf8.GetByteCount(name);
        }
        catch (EncoderFallbackException e)
        {
            throw new ArgumentException($"The {what} is not valid Unicode.", nameof(name), e);
        }
    }
}
