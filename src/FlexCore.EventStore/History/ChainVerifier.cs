using System.Runtime.InteropServices;
using FlexCore.EventStore.Appending;
using FlexCore.EventStore.Hashing;

namespace FlexCore.EventStore.History;

/// <summary>Compares each event with its hash, which holds it to the one before it in its stream. The stored hash of that one is used, so that one change is one violation.</summary>
internal sealed class ChainVerifier(Findings findings)
{
    private const int MaxSuspects = 16;

    private readonly Dictionary<string, StreamHead> _heads = new(StringComparer.Ordinal);

    /// <summary>Hashes that changed events have and should have: what follows on one of them is not changed itself.</summary>
    private readonly Queue<LogHash> _suspects = new(MaxSuspects);

    public int Streams => _heads.Count;

    public static StreamHead HeadAt(RecordedEvent recorded) => new(recorded.Version, recorded.Type == StreamAppend.TombstoneType, recorded.Hash);

    public bool Knows(string streamId) => _heads.ContainsKey(streamId);

    /// <summary>Takes over where a stream ended before the first event that is verified.</summary>
    public void Begin(string streamId, StreamHead head) => _heads[streamId] = head;

    /// <summary>Verifies the next event of the log.</summary>
    /// <param name="recorded">The event.</param>
    /// <param name="digest">The digest of what it says.</param>
    /// <param name="place">Whether it stands where the tree has it.</param>
    public void Follow(RecordedEvent recorded, LogHash digest, Place place)
    {
        ref var head = ref CollectionsMarshal.GetValueRefOrAddDefault(_heads, recorded.StreamId, out _);
        if (head.IsClosed)
        {
            if (place != Place.Reported) findings.Report(ViolationKind.Inserted, recorded, "follows the tombstone of the stream, which nothing can follow.");
        }
        else if (recorded.Version == head.Version + 1)
        {
            FollowNext(recorded, digest, place, head);
            head = HeadAt(recorded);
        }
        else if (FollowOther(recorded, digest, place, head) is { } version)
        {
            head = HeadAt(recorded) with { Version = version };
        }
    }

    private void FollowNext(RecordedEvent recorded, LogHash digest, Place place, StreamHead head)
    {
        var hash = EventHash.Chain(head.Hash, recorded.Version, digest);
        if (hash == recorded.Hash)
        {
            if (place == Place.Replaced) findings.Report(ViolationKind.Changed, recorded, "was changed together with its hash: the tree has another one there.");
        }
        else if (!FollowsSuspect(recorded, digest) || place == Place.Replaced)
        {
            Suspect(hash);
            ReportChange(recorded, place, "was changed: its hash does not follow from what it says.");
        }
    }

    /// <summary>Verifies an event whose version is not the next one.</summary>
    /// <returns>The version that the stream is at now; null when the event is not taken for its end.</returns>
    private long? FollowOther(RecordedEvent recorded, LogHash digest, Place place, StreamHead head)
    {
        var next = head.Version + 1;
        if (EventHash.Chain(head.Hash, next, digest) == recorded.Hash)
        {
            if (place != Place.Reported) findings.Report(recorded.Version is > 0 && recorded.Version < next ? ViolationKind.Reordered : ViolationKind.Changed, recorded, $"was version {next}.");
            return next;
        }

        if (place is Place.Reported or Place.Replaced)
        {
            ReportChange(recorded, place, "was changed, and its version does not follow.");
            return null;
        }

        if (FollowsSuspect(recorded, digest)) return recorded.Version > head.Version ? recorded.Version : null;
        if (recorded.Version < next)
        {
            Suspect(recorded.Hash);
            findings.Report(ViolationKind.Reordered, recorded, $"comes where version {next} was to come.");
            return null;
        }

        var missing = recorded.Version - next;
        if (missing <= findings.Lost)
        {
            findings.Lost -= missing;
            return recorded.Version;
        }

        if (place == Place.Sealed)
        {
            // All events up to here are where the tree has them, so that none is missing.
            ReportChange(recorded, place, $"was changed: it comes where version {next} was to come.");
            return null;
        }

        findings.Report(ViolationKind.Removed, recorded, $"comes where version {next} was to come: {(missing == 1 ? "one event is" : $"{missing} events are")} missing before it.");
        return recorded.Version;
    }

    private void ReportChange(RecordedEvent recorded, Place place, string message)
    {
        Suspect(recorded.Hash);
        if (place != Place.Reported) findings.Report(ViolationKind.Changed, recorded, message);
    }

    private bool FollowsSuspect(RecordedEvent recorded, LogHash digest)
    {
        foreach (var suspect in _suspects)
        {
            if (EventHash.Chain(suspect, recorded.Version, digest) == recorded.Hash) return true;
        }

        return false;
    }

    private void Suspect(LogHash hash)
    {
        if (_suspects.Count == MaxSuspects) _suspects.Dequeue();
        _suspects.Enqueue(hash);
    }
}
