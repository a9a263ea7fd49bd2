using FlexCore.EventStore.Checkpoints;
using FlexCore.EventStore.Hashing;
using FlexCore.EventStore.Import;
using FlexCore.EventStore.Merkle;

namespace FlexCore.EventStore;

/// <summary>Shows, to whoever trusts a checkpoint's key and nothing else, that an event was in the log, at its place, with this content and at this time.</summary>
/// <param name="Event">The event.</param>
/// <param name="PreviousHash">The hash of the event before it in its stream; all zeros for version 1.</param>
/// <param name="Path">The nodes beside the path from the event up to the root, from below.</param>
/// <param name="Checkpoint">The signed checkpoint of a log with the event in it.</param>
public sealed record InclusionProof(RecordedEvent Event, LogHash PreviousHash, IReadOnlyList<LogHash> Path, SignedNote Checkpoint)
{
    /// <summary>Looks for what is wrong with the proof.</summary>
    /// <param name="keys">The keys that are trusted.</param>
    /// <returns>Null when the event was in the log.</returns>
    /// <exception cref="FormatException">A trusted key has signed something that is not a checkpoint.</exception>
    public string? FindFault(IReadOnlyCollection<VerificationKey> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (!Checkpoint.Verify(keys)) return ProofFile.WrongSignature;
        if (Event.Version == 1 && PreviousHash != default) return "The first event of a stream has no event before it.";
        var checkpoint = EventStore.Checkpoint.Parse(Checkpoint.Text);
        var leaf = MerkleHash.Leaf(EventHash.Of(Event, PreviousHash));
        return MerkleProof.VerifyInclusion(leaf, Event.Position - 1, checkpoint.Size, Path, checkpoint.Root) ? null : "The event is not the one in the log of the checkpoint.";
    }

    /// <summary>Writes the proof as a file that docs/verify.py reads.</summary>
    /// <param name="file">Where to.</param>
    public void WriteTo(Stream file)
    {
        using var json = ProofFile.Begin(file, "inclusion");
        json.WriteStartObject("event");
        LogLineFormat.WritePlace(json, Event);
        json.WriteBase64String(LogLineFormat.Data + LogLineFormat.Base64, Event.Data.Span);
        json.WriteBase64String(LogLineFormat.Metadata + LogLineFormat.Base64, Event.Metadata.Span);
        json.WriteEndObject();
        json.WriteString("previous_hash", PreviousHash.ToString());
        json.WriteString("hash", EventHash.Of(Event, PreviousHash).ToString());
        ProofFile.WritePath(json, Path);
        json.WriteString("checkpoint", Checkpoint.ToString());
        json.WriteEndObject();
    }
}
