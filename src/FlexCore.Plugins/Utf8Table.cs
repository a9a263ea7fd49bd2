namespace FlexCore.Plugins;

/// <summary>Values by a name in UTF-8; looking one up allocates nothing.</summary>
internal sealed class Utf8Table<TValue>
    where TValue : class
{
    private readonly Dictionary<byte[], TValue>.AlternateLookup<ReadOnlySpan<byte>> _values =
        new Dictionary<byte[], TValue>(new Comparer()).GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <summary>The value of a name, or null.</summary>
    public TValue? Find(ReadOnlySpan<byte> name) => _values.TryGetValue(name, out var value) ? value : null;

    /// <summary>Sets the value of a name.</summary>
    public void Set(ReadOnlySpan<byte> name, TValue value) => _values[name] = value;

    private sealed class Comparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
