using System.Buffers;

namespace FlexCore.Plugins.Transforms;

/// <summary>
/// Bytes that grow at the end and can be taken back; used again and again without allocating. Its arrays are never pooled:
/// spans of what was in it stay good when it grows.
/// </summary>
internal sealed class LineBuffer : IBufferWriter<byte>
{
    private const int SmallestSize = 1024;
    private const int LargestKept = 4 * 1024 * 1024;

    private byte[] _bytes = new byte[SmallestSize];
    private int _length;

    /// <summary>How much is in it; less takes back what came after.</summary>
    public int Length
    {
        get => _length;
        set
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)value, (uint)_length, nameof(value));
            _length = value;
        }
    }

    /// <summary>Empties it, and lets go of what one large record has made of it.</summary>
    public void Clear()
    {
        _length = 0;
        if (_bytes.Length > LargestKept) _bytes = new byte[SmallestSize];
    }

    /// <summary>All that is in it.</summary>
    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, _length);

    /// <summary>A part of what is in it.</summary>
    public ReadOnlySpan<byte> Slice(int start, int length) => _bytes.AsSpan(start, length);

    /// <summary>Everything from <paramref name="start"/> on.</summary>
    public ReadOnlySpan<byte> From(int start) => _bytes.AsSpan(start, _length - start);

    public void Append(byte value)
    {
        if (_length == _bytes.Length) Grow(1);
        _bytes[_length++] = value;
    }

    /// <summary>Appends bytes, which may be a part of this buffer itself.</summary>
    public void Append(scoped ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _bytes.Length - _length) Grow(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
    }

    public void Advance(int count) => _length += count;

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        if (_bytes.Length - _length < Math.Max(sizeHint, 1)) Grow(Math.Max(sizeHint, 1));
        return _bytes.AsSpan(_length);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        GetSpan(sizeHint);
        return _bytes.AsMemory(_length);
    }

    private void Grow(int needed)
    {
        var size = Math.Max((long)_length + needed, Math.Min(_bytes.Length * 2L, Array.MaxLength));
        var grown = new byte[size];
        _bytes.AsSpan(0, _length).CopyTo(grown);
        _bytes = grown;
    }
}
