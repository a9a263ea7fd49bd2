using System.Text.Json;

namespace FlexCore.Infrastructure.Caching;

/// <summary>A value with what is known of it. One that came from Redis is read when somebody asks for it, as only they know its type.</summary>
internal sealed class Kept
{
    private byte[]? _json;
    private object? _value;
    private volatile Type? _type;

    private Kept()
    {
    }

    /// <summary>Under which key it is kept: what lies under another in Redis is somebody else's.</summary>
    public required string Key { get; init; }

    /// <summary>When its source was asked, by the clock of <see cref="Removals"/>: what was removed since is not in it.</summary>
    public required long AskedAt { get; init; }

    /// <summary>Which node asked.</summary>
    public required string Node { get; init; }

    /// <summary>By what it can be removed together with others.</summary>
    public required IReadOnlyList<string> Tags { get; init; }

    /// <summary>From when on it is not simply answered, in ticks of UTC: it is to be refreshed, or has ended.</summary>
    public required long FreshUntil { get; init; }

    /// <summary>Until when it is used while its source answers, in ticks of UTC.</summary>
    public required long KeptUntil { get; init; }

    /// <summary>How many bytes it has as JSON.</summary>
    public required int Size { get; init; }

    /// <summary>Which removals it was held against, so that a hit looks only for those that came since.</summary>
    public int JudgedAt { get; set; }

    /// <summary>A value that was just made.</summary>
    /// <param name="value">The value.</param>
    /// <param name="header">What is known of it.</param>
    /// <param name="json">How it is written.</param>
    /// <param name="isShared">Whether it goes to Redis too, so that what was written to measure it is used again.</param>
    /// <exception cref="NotSupportedException">Its type cannot be written as JSON.</exception>
    public static Kept Of<T>(T value, KeptHeader header, JsonSerializerOptions json, bool isShared)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(value, json);
        return Of(header, bytes.Length, value, typeof(T), isShared ? bytes : null);
    }

    /// <summary>A value as it lay in Redis.</summary>
    public static Kept Of(KeptHeader header, byte[] json) => Of(header, json.Length, value: null, type: null, json);

    /// <summary>The value.</summary>
    /// <returns>False where what lies there is of another type.</returns>
    public bool TryRead<T>(JsonSerializerOptions json, out T value)
    {
        if (_type is not null)
        {
            value = _value is T typed ? typed : default!;
            return _value is T || (_value is null && default(T) is null);
        }

        try
        {
            value = JsonSerializer.Deserialize<T>(_json, json)!;
            (_value, _type) = (value, typeof(T));
            _json = null;
            return true;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentNullException)
        {
            // The last where another reader was quicker.
            value = default!;
            return _type is not null && TryRead(json, out value);
        }
    }

    /// <summary>The value as JSON. Once made it is given away: while a value is kept there is one form of it.</summary>
    public byte[] TakeJson(JsonSerializerOptions json) =>
        (_type is null ? _json : Interlocked.Exchange(ref _json, null)) ?? JsonSerializer.SerializeToUtf8Bytes(_value, _type!, json);

    private static Kept Of(KeptHeader header, int size, object? value, Type? type, byte[]? json) => new()
    {
        Key = header.Key,
        AskedAt = header.AskedAt,
        Node = header.Node,
        Tags = header.Tags,
        FreshUntil = header.FreshUntil,
        KeptUntil = header.KeptUntil,
        Size = size,
        _value = value,
        _type = type,
        _json = json,
    };
}

/// <summary>What stands before a value in Redis.</summary>
/// <param name="Key">Under which key it is kept.</param>
/// <param name="AskedAt">When its source was asked.</param>
/// <param name="Node">Which node asked.</param>
/// <param name="Tags">By what it can be removed.</param>
/// <param name="FreshUntil">From when on it is not simply answered.</param>
/// <param name="KeptUntil">Until when it is used while its source answers.</param>
internal sealed record KeptHeader(string Key, long AskedAt, string Node, IReadOnlyList<string> Tags, long FreshUntil, long KeptUntil)
{
    /// <summary>The library's: when it was made.</summary>
    public long Timestamp { get; init; }

    /// <summary>The library's: when it ends.</summary>
    public long EndsAt { get; init; }

    /// <summary>The library's: whether it is used longer than it should be.</summary>
    public bool IsStale { get; init; }

    /// <summary>The library's: when it is made again beside.</summary>
    public long? RefreshAt { get; init; }
}
