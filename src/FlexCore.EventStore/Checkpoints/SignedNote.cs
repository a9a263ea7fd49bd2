using System.Text;

namespace FlexCore.EventStore;

/// <summary>A text with signatures under it, in the format of C2SP signed-note.</summary>
public sealed class SignedNote
{
    /// <summary>How many bytes a note can have.</summary>
    public const int MaxSize = 64 * 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private SignedNote(string text, IReadOnlyList<NoteSignature> signatures) => (Text, Signatures) = (text, signatures);

    /// <summary>What is signed: lines, with the end of the last one.</summary>
    public string Text { get; }

    /// <summary>The signatures, some of which may be of keys that nobody here knows.</summary>
    public IReadOnlyList<NoteSignature> Signatures { get; }

    /// <summary>Signs a text.</summary>
    /// <param name="text">The text, which ends with the end of a line.</param>
    /// <param name="key">The key.</param>
    /// <returns>The note.</returns>
    /// <exception cref="ArgumentException">The text cannot stand in a note.</exception>
    public static SignedNote Sign(string text, SigningKey key)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(key);
        var note = new SignedNote(text, [new NoteSignature(key.Verification.Name, key.Verification.Id, key.Sign(StrictUtf8.GetBytes(text)))]);
        if (CanBeSigned(text) && StrictUtf8.GetByteCount(note.ToString()) <= MaxSize) return note;
        throw new ArgumentException($"The text of a note ends with the end of a line, has no control characters, and fits into {MaxSize} bytes.", nameof(text));
    }

    /// <summary>Reads a note. Its signatures are still to be verified.</summary>
    /// <param name="note">The whole note.</param>
    /// <returns>The note.</returns>
    /// <exception cref="FormatException">It is not a signed note.</exception>
    public static SignedNote Parse(ReadOnlySpan<byte> note)
    {
        if (note.Length > MaxSize) throw new FormatException($"A signed note has at most {MaxSize} bytes, not {note.Length}.");
        try
        {
            return Split(StrictUtf8.GetString(note)) ?? throw new FormatException("This is not a signed note: a text, an empty line, and lines with signatures.");
        }
        catch (DecoderFallbackException e)
        {
            throw new FormatException("A signed note is UTF-8.", e);
        }
    }

    /// <summary>Whether the text is what the owner of one of the keys has signed.</summary>
    /// <param name="keys">The keys that are trusted.</param>
    /// <returns>True when there is a signature of a known key, and none that is wrong.</returns>
    public bool Verify(IReadOnlyCollection<VerificationKey> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var text = Encoding.UTF8.GetBytes(Text);
        var known = false;
        foreach (var signature in Signatures)
        {
            foreach (var key in keys)
            {
                if (key.Name != signature.Name || key.Id != signature.KeyId) continue;
                if (!key.Verify(text, signature.Signature.Span)) return false;
                known = true;
            }
        }

        return known;
    }

    /// <summary>Gives the whole note.</summary>
    /// <returns>What <see cref="Parse"/> reads.</returns>
    public override string ToString() => $"{Text}\n{string.Concat(Signatures.Select(signature => $"{signature}\n"))}";

    private static SignedNote? Split(string note)
    {
        var end = note.LastIndexOf("\n\n", StringComparison.Ordinal) + 1;
        if (end == 0 || note[^1] != '\n' || !CanBeSigned(note[..end])) return null;
        var lines = note[(end + 1)..].Split('\n')[..^1];
        NoteSignature?[] signatures = [.. lines.Select(NoteSignature.Find)];
        return signatures.Length == 0 || signatures.Contains(null) ? null : new SignedNote(note[..end], signatures!);
    }

    private static bool CanBeSigned(string text) => text.EndsWith('\n') && !text.Any(c => c != '\n' && char.IsControl(c));
}
