using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FlexCore.Infrastructure.MongoDb;

/// <summary>
/// A document as MongoDB keeps it (BSON), with all types that it has: what is read and written again is the same, byte for byte. As text it is Extended JSON
/// (https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/), where an object with a name as <c>$oid</c> or <c>$date</c> is a value of that type.
/// </summary>
public sealed class MongoDbDocument
{
    /// <summary>How many bytes a document may have in MongoDB.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>How deep a document may be nested in MongoDB.</summary>
    public const int MaxDepth = 100;

    /// <summary>How deep the driver reads JSON, where a value as <c>{"$date": {"$numberLong": "0"}}</c> counts as two levels.</summary>
    public const int MaxJsonDepth = 98;

    // The longest way to write a byte of BSON is less than that.
    private const int MaxJsonBytes = 16 * MaxBytes;

    private MongoDbDocument(ReadOnlyMemory<byte> bson) => Bson = bson;

    /// <summary>A document without anything.</summary>
    public static MongoDbDocument Empty { get; } = new(new byte[] { 5, 0, 0, 0, 0 });

    /// <summary>Its bytes (https://bsonspec.org).</summary>
    public ReadOnlyMemory<byte> Bson { get; }

    /// <summary>Reads Extended JSON, canonical or relaxed. A whole number is an int32 where it fits, or else an int64; any other a double.</summary>
    /// <param name="json">One object. What varies and comes from others is put in by <see cref="From(JsonObject)"/>, never into the text; an object that others may give can be more than a value: <c>{"$ne": null}</c>.</param>
    /// <exception cref="FormatException">It is none.</exception>
    public static MongoDbDocument Parse(string json)
    {
        try
        {
            return Parse(new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetBytes(json));
        }
        catch (EncoderFallbackException e)
        {
            throw new FormatException("The text is no Extended JSON: it has half of a character.", e);
        }
    }

    /// <inheritdoc cref="Parse(string)"/>
    public static MongoDbDocument Parse(ReadOnlySpan<byte> json)
    {
        CheckJson(json);
        MongoC.EnsureLoaded();
        MongoError error = default;
        using var made = MongoC.NewBsonFromJson(json, json.Length, ref error);
        if (made.IsInvalid) throw new FormatException("The text is no Extended JSON: a value is not of the type that it is said to be.");
        return FromBson(BsonHandle.BytesOf(made.DangerousGetHandle()).ToArray());
    }

    /// <inheritdoc cref="Parse(string)"/>
    public static MongoDbDocument From(JsonObject json) => Parse(Encoding.UTF8.GetBytes(json.ToJsonString()));

    /// <inheritdoc cref="Parse(string)"/>
    public static MongoDbDocument From(JsonElement json) => Parse(JsonMarshal.GetRawUtf8Value(json));

    /// <summary>Takes bytes, which must not change any more.</summary>
    /// <exception cref="FormatException">They are not one document, or it is too long or too deep.</exception>
    public static MongoDbDocument FromBson(ReadOnlyMemory<byte> bson) =>
        BsonShape.ProblemOf(bson.Span) is { } problem ? throw new FormatException($"The document {problem}.") : new MongoDbDocument(bson);

    /// <summary>As Extended JSON.</summary>
    /// <param name="form">How its values are written.</param>
    public JsonElement ToJson(MongoDbJson form) => JsonElement.Parse(ToUtf8(form), new JsonDocumentOptions { MaxDepth = MaxDepth + 2 });

    /// <summary>As Extended JSON in UTF-8.</summary>
    /// <param name="form">How its values are written.</param>
    public unsafe byte[] ToUtf8(MongoDbJson form)
    {
        using var bson = ToHandle();
        var json = form == MongoDbJson.Canonical ? MongoC.ToCanonicalJson(bson, out var length) : MongoC.ToRelaxedJson(bson, out length);
        if (json == 0) throw new FormatException("The document cannot be written as JSON.");
        try
        {
            return new ReadOnlySpan<byte>((void*)json, checked((int)length)).ToArray();
        }
        finally
        {
            MongoC.Free(json);
        }
    }

    /// <summary>Whether there is a field of this name, not within another.</summary>
    internal bool Has(ReadOnlySpan<byte> name) => BsonShape.Find(Bson.Span, name, out _) != 0;

    /// <summary>A field of it that is a document; null where it is none.</summary>
    internal MongoDbDocument? Field(ReadOnlySpan<byte> name) => BsonShape.Find(Bson.Span, name, out var value) == 0x03 ? new MongoDbDocument(Bson[value]) : null;

    /// <summary>The same with an <c>_id</c> before all else.</summary>
    internal MongoDbDocument With(ReadOnlySpan<byte> objectId)
    {
        ReadOnlySpan<byte> head = [0x07, .. "_id\0"u8];
        var bytes = new byte[Bson.Length + head.Length + objectId.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length);
        head.CopyTo(bytes.AsSpan(sizeof(int)));
        objectId.CopyTo(bytes.AsSpan(sizeof(int) + head.Length));
        Bson.Span[sizeof(int)..].CopyTo(bytes.AsSpan(sizeof(int) + head.Length + objectId.Length));
        return FromBson(bytes);
    }

    /// <summary>A handle of the driver's on a copy of it.</summary>
    internal BsonHandle ToHandle()
    {
        MongoC.EnsureLoaded();
        return BsonHandle.Of(Bson.Span);
    }

    // The driver's reader takes the first object and leaves the rest, cuts names at a zero, and tells what it was given when it fails.
    private static void CheckJson(ReadOnlySpan<byte> json)
    {
        if (json.Length > MaxJsonBytes) throw new FormatException($"The text is longer than {MaxJsonBytes} bytes.");
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxJsonDepth });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new FormatException("The text is no Extended JSON: it is no object.");
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueIsEscaped && reader.GetString()!.Contains('\0', StringComparison.Ordinal)) throw new FormatException("The text has a name with a zero in it, which a document cannot have.");
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException($"The text is no Extended JSON: it is no JSON, or nested deeper than {MaxJsonDepth}.", e);
        }
    }
}

/// <summary>How values of a document are written as JSON.</summary>
public enum MongoDbJson
{
    /// <summary>Each with its type, so that nothing is lost: <c>{"$numberInt": "1"}</c>.</summary>
    Canonical,

    /// <summary>Numbers and dates as people write them: an int32, an int64 and a double may look alike.</summary>
    Relaxed,
}
