using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using FlexCore.EventStore.Erasure;

namespace FlexCore.EventStore;

/// <summary>Turns the data of an event, as one version of the schema has it, into that of the next version.</summary>
/// <param name="data">The data; it may be changed and returned.</param>
/// <returns>The data as the next version has it.</returns>
public delegate JsonObject Upcaster(JsonObject data);

/// <summary>
/// The events that a program knows: their names on the wire, their versions, and how the forms that earlier versions wrote become today's. What was
/// stored is never changed; it is brought to the newest version at each reading.
/// </summary>
/// <remarks>The version that an event was written with stands in its metadata, as <c>schema</c>; without it, it is 1.</remarks>
public sealed class EventTypes
{
    private const string SchemaMember = "schema";

    private readonly Dictionary<string, Entry> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<Type, Entry> _byType = [];

    /// <summary>Every type that can be stored.</summary>
    public IReadOnlyCollection<Type> Types => _byType.Keys;

    /// <summary>Makes a type known.</summary>
    /// <param name="name">Its name on the wire. It never changes, whatever becomes of the name of the type.</param>
    /// <param name="type">The type.</param>
    /// <param name="json">Gives its serialiser; asked at the first use.</param>
    /// <param name="upcasters">From version 1 to 2, from 2 to 3, and so on: the version of the type is one more than there are.</param>
    /// <returns>This object.</returns>
    public EventTypes Add(string name, Type type, Func<JsonTypeInfo> json, params IReadOnlyList<Upcaster> upcasters)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(upcasters);
        var entry = new Entry(name, new Lazy<JsonTypeInfo>(json), upcasters);
        _byName.Add(name, entry);
        _byType.Add(type, entry);
        return this;
    }

    /// <summary>Makes an event to append.</summary>
    /// <param name="event">An object of a type that was made known.</param>
    /// <param name="metadata">Writes the metadata, given the version of the schema, which must stand in it as <c>schema</c>. Without this, the metadata say nothing else.</param>
    /// <returns>The event, with an id of its own.</returns>
    /// <exception cref="ArgumentException">The type of the object is not known.</exception>
    public EventData Encode(object @event, Func<int, byte[]>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(@event);
        if (!_byType.TryGetValue(@event.GetType(), out var entry)) throw new ArgumentException($"{@event.GetType()} was not made known as an event.", nameof(@event));
        return new EventData(
            Guid.CreateVersion7(),
            entry.Name,
            JsonSerializer.SerializeToUtf8Bytes(@event, entry.Json.Value),
            metadata is null ? JsonSerializer.SerializeToUtf8Bytes(new JsonObject { [SchemaMember] = entry.Version }) : metadata(entry.Version));
    }

    /// <summary>Reads an event, bringing it to today's version.</summary>
    /// <param name="recorded">The event as the store has it.</param>
    /// <returns>
    /// An object of the type that was made known under its name; an <see cref="UnknownEvent"/> when there is none, or when a newer version has written it;
    /// an <see cref="ErasedEvent"/> when its subject was erased, a <see cref="ProtectedEvent"/> when it was not revealed.
    /// </returns>
    /// <exception cref="JsonException">The data are not those of the type.</exception>
    public object Decode(RecordedEvent recorded)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        var schema = ReadSchema(recorded.Metadata.Span);
        if (!_byName.TryGetValue(recorded.Type, out var entry) || schema < 1 || schema > entry.Version) return new UnknownEvent(recorded, schema);
        if (Envelope.IsErased(recorded.Data.Span)) return new ErasedEvent(recorded);
        if (Envelope.IsProtected(recorded.Data.Span)) return new ProtectedEvent(recorded);
        if (schema == entry.Version) return JsonSerializer.Deserialize(recorded.Data.Span, entry.Json.Value) ?? throw new JsonException("The data are null.");

        var data = JsonNode.Parse(recorded.Data.Span) as JsonObject ?? throw new JsonException("The data are not an object.");
        foreach (var upcast in entry.Upcasters.Skip(schema - 1)) data = upcast(data);
        return data.Deserialize(entry.Json.Value)!;
    }

    /// <returns>0 when what stands there is no version.</returns>
    private static int ReadSchema(ReadOnlySpan<byte> metadata)
    {
        const int Absent = 1;
        var reader = new Utf8JsonReader(metadata);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return Absent;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isSchema = reader.ValueTextEquals(SchemaMember);
                reader.Read();
                if (isSchema) return reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var schema) && schema > 0 ? schema : 0;
                reader.Skip();
            }

            return Absent;
        }
        catch (JsonException)
        {
            // Metadata are JSON by convention only.
            return Absent;
        }
    }

    private sealed record Entry(string Name, Lazy<JsonTypeInfo> Json, IReadOnlyList<Upcaster> Upcasters)
    {
        public int Version => Upcasters.Count + 1;
    }
}
