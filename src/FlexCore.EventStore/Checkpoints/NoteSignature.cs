using System.Buffers.Binary;
using FlexCore.EventStore.Checkpoints;

namespace FlexCore.EventStore;

/// <summary>A line at the end of a signed note.</summary>
/// <param name="Name">The name of the key.</param>
/// <param name="KeyId">What tells keys of one name apart: the first four bytes of a hash of the key.</param>
/// <param name="Signature">The signature, in the form that goes with the kind of key.</param>
public sealed record NoteSignature(string Name, uint KeyId, ReadOnlyMemory<byte> Signature)
{
    private const string Dash = "\u2014 ";

    /// <summary>Whether a key may be called so: not empty, without spaces, controls and <c>+</c>.</summary>
    /// <param name="name">The name.</param>
    /// <returns>Whether it may.</returns>
    public static bool IsName(string name) => !string.IsNullOrEmpty(name) && !name.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c == '+');

    /// <summary>Gives the line, without its end.</summary>
    /// <returns>A dash, the name, and the rest in base64.</returns>
    public override string ToString()
    {
        var bytes = new byte[sizeof(uint) + Signature.Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, KeyId);
        Signature.Span.CopyTo(bytes.AsSpan(sizeof(uint)));
        return $"{Dash}{Name} {Convert.ToBase64String(bytes)}";
    }

    /// <returns>Null when the line is not a signature.</returns>
    internal static NoteSignature? Find(string line)
    {
        if (!line.StartsWith(Dash, StringComparison.Ordinal) || line[Dash.Length..].Split(' ') is not [var name, var base64]) return null;
        if (!IsName(name) || Base64.Decode(base64) is not { Length: > sizeof(uint) } bytes) return null;
        return new NoteSignature(name, BinaryPrimitives.ReadUInt32BigEndian(bytes), bytes.AsMemory(sizeof(uint)));
    }
}
