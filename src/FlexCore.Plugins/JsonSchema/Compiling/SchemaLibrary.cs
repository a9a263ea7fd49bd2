using System.Text;
using System.Text.Json;
using FlexCore.Plugins.Json;

namespace FlexCore.Plugins.JsonSchema.Compiling;

/// <summary>The documents that a schema is made of, and what its references lead to. Nothing is ever fetched.</summary>
/// <param name="main">The schema that is compiled.</param>
/// <param name="known">Other documents by URI, that the caller has.</param>
internal sealed class SchemaLibrary(SchemaDocument main, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> known)
{
    private static readonly HashSet<string> SchemaKeywords = new(
        ["additionalItems", "additionalProperties", "contains", "propertyNames", "not", "if", "then", "else", "items"], StringComparer.Ordinal);

    private static readonly HashSet<string> ListKeywords = new(["items", "allOf", "anyOf", "oneOf"], StringComparer.Ordinal);

    private static readonly HashSet<string> MapKeywords = new(["properties", "patternProperties", "definitions", "dependencies"], StringComparer.Ordinal);

    private readonly Dictionary<string, SchemaPlace> _byUri = new(StringComparer.Ordinal);

    public SchemaPlace Main { get; } = new(main, JsonTape.Root);

    /// <summary>Finds the ids in the main schema.</summary>
    public void Open() => Register(main, main.Uri);

    /// <summary>The schema that a reference leads to.</summary>
    /// <param name="schema">The schema that holds the reference.</param>
    /// <param name="at">The reference.</param>
    public SchemaPlace Resolve(SchemaPlace schema, SchemaPlace at)
    {
        var reference = Encoding.UTF8.GetString(at.Document.Tape.Text(at.Token));
        var target = SchemaUri.Resolve(schema.Document.FindBase(schema.Token) ?? schema.Document.Uri, reference);
        var (uri, fragment) = SchemaUri.SplitFragment(target);
        var resource = Find(uri, schema.Document) ?? throw new UnusableSchemaException(
            at, $"refers to '{SchemaText.Show(reference)}', and remote schemas are never fetched");
        if (fragment.Length > 0 && fragment[0] != '/')
        {
            return _byUri.TryGetValue(target, out var named)
                ? named
                : throw new UnusableSchemaException(at, $"refers to '{SchemaText.Show(reference)}', and no schema has that id");
        }

        return Follow(resource, System.Uri.UnescapeDataString(fragment))
            ?? throw new UnusableSchemaException(at, $"refers to '{SchemaText.Show(reference)}', which does not exist");
    }

    private SchemaPlace? Find(string uri, SchemaDocument from)
    {
        if (_byUri.TryGetValue(uri, out var place)) return place;
        var json = known.TryGetValue(uri, out var bytes) ? bytes.ToArray() : Metaschemas.Find(uri);
        if (json is null) return null;
        var tape = new JsonTape();
        var document = new SchemaDocument(uri, tape, isMain: false);
        if (tape.Read(json) is { } problem) throw new UnusableSchemaException(Main, $"refers to {SchemaText.Show(uri)}, which {problem}");
        document.SetDraft(given: null, fallback: from.Draft);
        Register(document, uri);
        return _byUri[uri];
    }

    private void Register(SchemaDocument document, string uri)
    {
        _byUri.TryAdd(uri, new SchemaPlace(document, JsonTape.Root));
        FindIds(document, JsonTape.Root, uri);
    }

    /// <summary>Walks through a schema and all that it holds. Only where a schema can be: an id in an enum is a value like any other.</summary>
    private void FindIds(SchemaDocument document, int schema, string @base)
    {
        var tape = document.Tape;
        if (document.FindBase(schema) is not null) return;
        if (tape.Type(schema) == JsonTokenType.StartObject) @base = ReadId(document, schema, @base);
        document.SetBase(schema, @base);
        if (tape.Type(schema) != JsonTokenType.StartObject) return;
        for (var member = schema + 1; member < tape.After(schema); member = tape.After(member + 1))
        {
            var value = member + 1;
            var type = tape.Type(value);
            if (type is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) continue;
            var keyword = Encoding.UTF8.GetString(tape.Text(member));
            if (type == JsonTokenType.StartObject && SchemaKeywords.Contains(keyword)) FindIds(document, value, @base);
            else if (type == JsonTokenType.StartArray && ListKeywords.Contains(keyword)) FindIdsWithin(document, value, @base, nameLength: 0);
            else if (type == JsonTokenType.StartObject && MapKeywords.Contains(keyword)) FindIdsWithin(document, value, @base, nameLength: 1);
        }
    }

    private void FindIdsWithin(SchemaDocument document, int container, string @base, int nameLength)
    {
        var tape = document.Tape;
        for (var schema = container + 1 + nameLength; schema < tape.After(container); schema = tape.After(schema) + nameLength)
        {
            if (tape.Type(schema) == JsonTokenType.StartObject) FindIds(document, schema, @base);
        }
    }

    /// <summary>Notes the id of a schema.</summary>
    /// <returns>The base URI within it.</returns>
    private string ReadId(SchemaDocument document, int schema, string @base)
    {
        var tape = document.Tape;
        var id = tape.Find(schema, document.Draft == SchemaDraft.Draft4 ? "id"u8 : "$id"u8);
        if (id < 0 || tape.Type(id) != JsonTokenType.String || tape.Find(schema, "$ref"u8) >= 0) return @base;
        var resolved = SchemaUri.Resolve(@base, Encoding.UTF8.GetString(tape.Text(id)));
        var (uri, fragment) = SchemaUri.SplitFragment(resolved);
        _byUri.TryAdd(fragment.Length == 0 ? uri : resolved, new SchemaPlace(document, schema));
        return uri;
    }

    /// <summary>Goes along a JSON pointer. A schema at an unusual place gets the base URI of the one around it.</summary>
    private SchemaPlace? Follow(SchemaPlace from, string pointer)
    {
        var (document, token) = from;
        var @base = document.FindBase(token) ?? document.Uri;
        foreach (var part in JsonPointer.Split(pointer))
        {
            token = JsonPointer.Step(document.Tape, token, part);
            if (token < 0) return null;
            @base = document.FindBase(token) ?? @base;
        }

        FindIds(document, token, @base);
        return new SchemaPlace(document, token);
    }
}
