using System.Globalization;
using FlexCore.EventStore.Checkpoints;

namespace FlexCore.EventStore;

/// <summary>What a log was at some time: the text of a signed note, in the format of C2SP tlog-checkpoint.</summary>
/// <param name="Origin">The name of the log, the same in all its checkpoints.</param>
/// <param name="Size">How many events it has.</param>
/// <param name="Root">The root of the tree over them.</param>
public sealed record Checkpoint(string Origin, long Size, LogHash Root)
{
    /// <summary>Reads a checkpoint.</summary>
    /// <param name="text">The text of a note. Lines behind the third are extensions, of which nothing is known here.</param>
    /// <returns>The checkpoint.</returns>
    /// <exception cref="FormatException">The text is not a checkpoint.</exception>
    public static Checkpoint Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var lines = text.Split('\n');
        if (lines.Length < 4 || lines[^1].Length > 0 || lines.AsSpan(..^1).Contains("")) throw new FormatException("A checkpoint is at least three lines, none of them empty.");
        if (!long.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size) || size.ToString(CultureInfo.InvariantCulture) != lines[1])
        {
            throw new FormatException("The second line of a checkpoint is the size of the log.");
        }

        if (Base64.Decode(lines[2]) is not { Length: LogHash.Size } root) throw new FormatException("The third line of a checkpoint is a hash of 32 bytes in base64.");
        return new Checkpoint(lines[0], size, new LogHash(root));
    }

    /// <summary>Gives the text to be signed.</summary>
    /// <returns>Three lines.</returns>
    public override string ToString() => $"{Origin}\n{Size}\n{Root}\n";
}
