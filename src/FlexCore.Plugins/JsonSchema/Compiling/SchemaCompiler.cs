using System.Text.Json;

namespace FlexCore.Plugins.JsonSchema.Compiling;

/// <summary>
/// Makes nodes of schemas: one for each place, however often it is referred to. A reference becomes its target. Only what the
/// root leads to is compiled; schemas wait in a queue, so that no schema is too deep for the stack.
/// </summary>
internal sealed class SchemaCompiler
{
    private readonly SchemaLibrary _library;
    private readonly KeywordReader _keywords;
    private readonly Dictionary<SchemaPlace, SchemaNode> _nodes = [];

    // Where each reference ends: of many that lead along one chain, only the first walks it.
    private readonly Dictionary<SchemaPlace, SchemaPlace> _targets = [];
    private readonly Queue<SchemaPlace> _waiting = new();

    public SchemaCompiler(SchemaDocument main, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> known)
    {
        _library = new SchemaLibrary(main, known);
        _keywords = new KeywordReader(Node);
    }

    /// <exception cref="UnusableSchemaException">What is wrong with the schema.</exception>
    public SchemaNode Compile()
    {
        _library.Open();
        var root = Node(_library.Main);
        while (_waiting.TryDequeue(out var place)) Fill(_nodes[place], place);
        return root;
    }

    /// <summary>The node of a schema, which may not be filled yet.</summary>
    private SchemaNode Node(SchemaPlace place)
    {
        place = FollowReferences(place);
        if (_nodes.TryGetValue(place, out var node)) return node;
        node = new SchemaNode(place);
        _nodes.Add(place, node);
        _waiting.Enqueue(place);
        return node;
    }

    /// <summary>What stands beside a $ref is ignored: so it is up to draft 7.</summary>
    private SchemaPlace FollowReferences(SchemaPlace place)
    {
        if (FindReference(place) is null) return place;
        var start = place;
        List<SchemaPlace> chain = [];
        HashSet<SchemaPlace> seen = [];
        while (!_targets.TryGetValue(place, out _))
        {
            if (FindReference(place) is not { } reference) break;
            if (!seen.Add(place)) throw new UnusableSchemaException(start, "refers to nothing but itself");
            chain.Add(place);
            place = _library.Resolve(place, reference);
        }

        place = _targets.GetValueOrDefault(place, place);
        foreach (var link in chain) _targets[link] = place;
        return place;
    }

    private static SchemaPlace? FindReference(SchemaPlace place)
    {
        var tape = place.Document.Tape;
        var reference = tape.Find(place.Token, "$ref"u8);
        if (reference < 0) return null;
        var at = place with { Token = reference };
        return tape.Type(reference) == JsonTokenType.String ? at : throw new UnusableSchemaException(at, "must be a text");
    }

    private void Fill(SchemaNode node, SchemaPlace place)
    {
        switch (place.Document.Tape.Type(place.Token))
        {
            case JsonTokenType.True:
                break;
            case JsonTokenType.False:
                node.RefuseAll();
                break;
            case JsonTokenType.StartObject:
                _keywords.ReadInto(node, place);
                break;
            default:
                throw new UnusableSchemaException(place, "must be a schema: an object, true or false");
        }
    }
}
