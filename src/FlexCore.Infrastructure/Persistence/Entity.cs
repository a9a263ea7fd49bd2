using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace FlexCore.Infrastructure.Persistence;

/// <summary>What a store keeps: a document of JSON under a kind and an id, at a version. Never changes.</summary>
public sealed class Entity
{
    /// <summary>The largest document, in bytes of compact JSON: what fits into an item of DynamoDB, with the one that is to replace it, so that each store can take over what another one has.</summary>
    public const int LargestDocument = 160 * 1024;

    /// <summary>How deep objects and arrays may lie within each other.</summary>
    public const int DeepestDocument = 64;

    internal Entity(string kind, string id, string version, ReadOnlyMemory<byte> document) => (Kind, Id, Version, Document) = (kind, id, version, document);

    /// <summary>What it is, in the plural or singular that its users agree on: <c>connection</c>. <c>[a-z][a-z0-9-]{0,62}</c>.</summary>
    public string Kind { get; }

    /// <summary>Which one of its kind: <c>[a-z0-9][a-z0-9._-]{0,126}</c>, so that it is the name of a file everywhere.</summary>
    public string Id { get; }

    /// <summary>
    /// A hash of the document: 32 hexadecimal digits, the first half of its SHA-256. Whatever changes the document changes it, also a person with an editor or git; the same
    /// document has the same version in each store, and one that was changed back has the one it had before.
    /// </summary>
    public string Version { get; }

    /// <summary>The document as compact JSON in UTF-8: its members in the order in which they came, its numbers as they were written.</summary>
    public ReadOnlyMemory<byte> Document { get; }

    /// <summary>Makes an entity of any JSON.</summary>
    /// <exception cref="Domain.Errors.FlexCoreException">FX1014 of a name that breaks its rule. FX1012 of what is no object of JSON in UTF-8, has a member twice, a number that no <c>double</c> comes near, a NUL or half a character in a text, is too large, or too deep.</exception>
    public static Entity Create(string kind, string id, ReadOnlyMemory<byte> json)
    {
        EntityRules.CheckKind(kind);
        EntityRules.CheckId(id);
        var document = EntityDocument.Canonical(json, $"{kind}/{id}");
        return new Entity(kind, id, EntityDocument.VersionOf(document), document);
    }

    /// <summary>Reads the document as a value of a type.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public T As<T>(JsonTypeInfo<T> type) => JsonSerializer.Deserialize(Document.Span, type) ?? throw new JsonException($"{Kind}/{Id} is null");

    /// <inheritdoc/>
    public override string ToString() => $"{Kind}/{Id} at {Version}";
}
