using FlexCore.EventStore.Checkpoints;
using FlexCore.EventStore.Merkle;

namespace FlexCore.EventStore;

/// <summary>Shows, to whoever trusts the checkpoints' key and nothing else, that a log has lost and changed nothing between two checkpoints.</summary>
/// <param name="Old">The older signed checkpoint.</param>
/// <param name="New">The newer signed checkpoint.</param>
/// <param name="Path">The nodes of which both roots can be made, from below.</param>
public sealed record ConsistencyProof(SignedNote Old, SignedNote New, IReadOnlyList<LogHash> Path)
{
    /// <summary>Looks for what is wrong with the proof.</summary>
    /// <param name="keys">The keys that are trusted.</param>
    /// <returns>Null when the newer log begins with all of the older one.</returns>
    /// <exception cref="FormatException">A trusted key has signed something that is not a checkpoint.</exception>
    public string? FindFault(IReadOnlyCollection<VerificationKey> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (!Old.Verify(keys) || !New.Verify(keys)) return ProofFile.WrongSignature;
        var (before, after) = (Checkpoint.Parse(Old.Text), Checkpoint.Parse(New.Text));
        if (before.Origin != after.Origin) return "The checkpoints are of two logs.";
        return MerkleProof.VerifyConsistency(before.Size, after.Size, before.Root, after.Root, Path) ? null : "The newer log does not begin with the older one.";
    }

    /// <summary>Writes the proof as a file that docs/verify.py reads.</summary>
    /// <param name="file">Where to.</param>
    public void WriteTo(Stream file)
    {
        using var json = ProofFile.Begin(file, "consistency");
        json.WriteString("old", Old.ToString());
        json.WriteString("new", New.ToString());
        ProofFile.WritePath(json, Path);
        json.WriteEndObject();
    }
}
