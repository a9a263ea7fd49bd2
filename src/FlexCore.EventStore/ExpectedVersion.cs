namespace FlexCore.EventStore;

/// <summary>What an append takes a stream's version to be. Versions count from 1; a stream that does not exist has version 0.</summary>
public readonly record struct ExpectedVersion
{
    internal const long AnyVersion = -1;
    internal const long AnyExisting = -2;

    private readonly long _value;

    private ExpectedVersion(long value) => _value = value;

    /// <summary>Append whatever the version is.</summary>
    public static ExpectedVersion Any => new(AnyVersion);

    /// <summary>Append only if the stream does not exist. This is also the default value.</summary>
    public static ExpectedVersion NoStream => default;

    /// <summary>Append only if the stream exists.</summary>
    public static ExpectedVersion Exists => new(AnyExisting);

    /// <summary>Append only if the stream has this version; 0 is the same as <see cref="NoStream"/>.</summary>
    /// <param name="version">The version of the stream's last event.</param>
    /// <returns>The expectation.</returns>
    public static ExpectedVersion Exact(long version)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(version);
        return new ExpectedVersion(version);
    }

    /// <summary>Says the expectation in words.</summary>
    /// <returns>For example <c>version 3</c>.</returns>
    public override string ToString() => _value switch
    {
        AnyVersion => "any version",
        AnyExisting => "an existing stream",
        0 => "no stream",
        _ => $"version {_value}",
    };

    /// <summary>The version itself, <see cref="AnyVersion"/> or <see cref="AnyExisting"/>.</summary>
    internal long Value => _value;

    internal bool Accepts(long actual) => _value switch
    {
        AnyVersion => true,
        AnyExisting => actual > 0,
        _ => actual == _value,
    };
}
