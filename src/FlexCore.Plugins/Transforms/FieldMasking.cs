using System.Security.Cryptography;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Transforms.Expressions;

namespace FlexCore.Plugins.Transforms;

/// <summary>Hides the values of fields. Null stays null; what cannot be hidden as asked is a problem and never passes.</summary>
internal sealed class FieldMasking(ReadOnlyMemory<byte> key) : IDisposable
{
    // Kept keyed: to key it anew for each value would take longer than to hash.
    private readonly IncrementalHash _hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key.Span);

    /// <summary>Hides a field in place.</summary>
    /// <returns>False when its value cannot be hidden this way.</returns>
    public bool TryApply(RecordFields fields, int index, FieldMask mask)
    {
        var value = fields.Value(index);
        if (value.IsNull) return true;
        if (value.Kind == ValueKind.Container && mask.Kind is (MaskKind.Hmac or MaskKind.KeepLast)) return false;
        switch (mask.Kind)
        {
            case MaskKind.Null: fields.Set(index, Value.Null); return true;
            case MaskKind.Redact: fields.Set(index, Value.Text("***"u8)); return true;
            case MaskKind.Hmac: fields.SetText(index, AppendHmac(value.Bytes, fields.Scratch)); return true;
            case MaskKind.KeepLast: fields.SetText(index, AppendLast(value.Bytes, mask.Keep, fields.Scratch)); return true;
            default: return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _hmac.Dispose();

    private int AppendHmac(ReadOnlySpan<byte> text, LineBuffer output)
    {
        var start = output.Length;
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        _hmac.AppendData(text);
        _hmac.GetHashAndReset(hash);
        Convert.TryToHexStringLower(hash, output.GetSpan(hash.Length * 2), out var written);
        output.Advance(written);
        return start;
    }

    /// <summary>A star for every code point but the last ones; for every one when there are no more than those.</summary>
    private static int AppendLast(ReadOnlySpan<byte> text, int keep, LineBuffer output)
    {
        var start = output.Length;
        var count = CodePoints.Count(text);
        var stars = count <= keep ? count : count - keep;
        output.GetSpan(Math.Max(stars, 1))[..stars].Fill((byte)'*');
        output.Advance(stars);
        if (count > keep) output.Append(text[CodePoints.Offset(text, stars)..]);
        return start;
    }
}
